/** Hook requests as an EHR makes them from the chart that is open. */
/** @typedef {import("./types.js").Json} Json */

const DATED_BY = ["effectiveDateTime", "effectiveInstant", "issued", "authoredOn", "recordedDate", "onsetDateTime"];

/**
 * @param {string} hook
 * @param {Json} opened the hook request or the like that brought the patient
 * @param {Json[]} drafts
 * @param {string[]} selected references of the drafts that were just chosen
 * @param {Date | null} asOf a day that is replayed; null is now
 * @returns {{request: Json, held: number}} `held`: resources that lie after that day and are not sent
 */
export function hookRequest(hook, opened, drafts, selected, asOf) {
  const { patientId, userId, encounterId } = opened.context;
  /** @type {Json} */
  const context = { userId: userId ?? "Practitioner/sandbox", patientId };
  if (encounterId) context.encounterId = encounterId;
  if (hook !== "patient-view") {
    if (hook === "order-select") context.selections = selected;
    const entry = drafts.map((resource) => ({ resource }));
    context.draftOrders = { resourceType: "Bundle", type: "collection", entry };
  }
  const { prefetch, held } = asOfThen(opened.prefetch ?? {}, asOf);
  /** @type {Json} */
  const request = { hook, hookInstance: crypto.randomUUID(), context, prefetch };
  if (opened.fhirServer) request.fhirServer = opened.fhirServer; // never the token that came with it
  return { request, held };
}

/**
 * What an EHR would have held on that day: a later result had not come yet.
 * @param {Json} prefetch
 * @param {Date | null} asOf
 */
function asOfThen(prefetch, asOf) {
  let held = 0;
  if (asOf === null) return { prefetch, held };
  /** @type {Json} */
  const then = {};
  for (const [key, answer] of Object.entries(prefetch)) {
    if (answer?.resourceType === "Bundle" && Array.isArray(answer.entry)) {
      const entry = answer.entry.filter((/** @type {any} */ each) => !isLater(each?.resource, asOf));
      held += answer.entry.length - entry.length;
      then[key] = { ...answer, ...(answer.total === undefined ? {} : { total: entry.length }), entry };
    } else if (isLater(answer, asOf)) {
      held += 1;
      then[key] = null;
    } else {
      then[key] = answer;
    }
  }
  return { prefetch: then, held };
}

/** @param {any} resource @param {Date} asOf */
function isLater(resource, asOf) {
  const name = DATED_BY.find((each) => typeof resource?.[each] === "string");
  const date = name ? Date.parse(resource[name]) : Number.NaN;
  return !Number.isNaN(date) && date > asOf.getTime();
}

/** The same call for a terminal. @param {string} url @param {Record<string, string>} headers @param {Json} request */
export function asCurl(url, headers, request) {
  const lines = [`curl -s ${url}`];
  for (const [name, value] of Object.entries({ "Content-Type": "application/json", ...headers })) {
    lines.push(`  -H '${name}: ${value}'`);
  }
  const body = JSON.stringify(request, null, 2);
  return `${lines.join(" \\\n")} \\\n  -d @- <<'REQUEST'\n${body}\nREQUEST\n`;
}
