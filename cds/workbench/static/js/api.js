/** Calls to the service. Whatever is not a proper answer is a Failure with words for it. */

const ROOT = document.documentElement.dataset.root ?? "";

/** Something went wrong, and nothing was checked. */
export class Failure extends Error {
  /** @param {string} message @param {number} status 0 when there was no answer at all @param {string} body */
  constructor(message, status = 0, body = "") {
    super(message);
    this.status = status;
    this.body = body;
  }
}

/**
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<{status: number, json: any, text: string}>} of a 2xx answer that is JSON
 * @throws {Failure} of anything else; an AbortError when it was called off
 */
export async function ask(path, options = {}) {
  let response;
  let text;
  try {
    response = await fetch(ROOT + path, { credentials: "same-origin", cache: "no-store", ...options });
    text = await response.text();
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Failure("The service could not be reached.");
  }
  const json = parsed(text);
  if (!response.ok) throw new Failure(diagnosis(json) ?? "The service gave no reason.", response.status, text);
  if (json === undefined) throw new Failure("The answer is not JSON.", response.status, text);
  return { status: response.status, json, text };
}

/** @param {string} path @param {any} body @param {RequestInit} [options] */
export function post(path, body, options = {}) {
  const headers = { "Content-Type": "application/json", ...options.headers };
  const sent = typeof body === "string" ? body : JSON.stringify(body);
  return ask(path, { ...options, method: "POST", headers, body: sent });
}

/** The address of a service as a caller elsewhere writes it. @param {string} path */
export function address(path) {
  return `${location.origin}${ROOT}${path}`;
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What an OperationOutcome says. @param {any} json @returns {string | null} */
function diagnosis(json) {
  if (json?.resourceType !== "OperationOutcome" || !Array.isArray(json.issue)) return null;
  const said = json.issue.map((/** @type {any} */ issue) => issue?.diagnostics ?? issue?.details?.text);
  return said.filter((/** @type {any} */ text) => typeof text === "string").join(" ") || null;
}

/** The newest of a kind of call: a newer one calls off the older, whose answer is never used. */
export class Newest {
  #number = 0;
  #controller = new AbortController();

  /** @returns {{signal: AbortSignal, isNewest: () => boolean}} */
  begin() {
    this.#controller.abort();
    this.#controller = new AbortController();
    const number = ++this.#number;
    return { signal: this.#controller.signal, isNewest: () => number === this.#number };
  }

  /** Call off what is under way. */
  stop() {
    this.begin();
  }
}
