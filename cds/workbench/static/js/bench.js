/** What is open on the page, and everything that can be done with it. Views listen to "changed". */
import { Failure, Newest, ask, post } from "./api.js";
import { hookRequest } from "./request.js";
/** @typedef {import("./types.js").Json} Json */
/** @typedef {import("./types.js").Exchange} Exchange */
/** @typedef {import("./types.js").Patient} Patient */

const EDIT_PAUSE = 350; // milliseconds without a further change, before the draft is asked about

export class Bench extends EventTarget {
  /** @param {import("./types.js").Start} start */
  constructor(start) {
    super();
    this.start = start;
    this.opened = Date.now();
    this.profile = start.profile;
    /** @type {Patient | null} */ this.patient = null;
    /** @type {Failure | null} */ this.patientFailure = null;
    /** @type {Json[]} */ this.drafts = [];
    /** @type {Date | null} */ this.asOf = null;
    /** @type {Record<"opening" | "orders", Exchange | null>} */
    this.exchanges = { opening: null, orders: null };
    /** @type {"opening" | "orders"} */ this.shown = "opening";
    /** @type {{chart: Json, explanation: Json[]} | null} */ this.reasoning = null;
    /** @type {Failure | null} */ this.reasoningFailure = null;
    /** @type {Json | null} the chart as of now: what the time axis spans */ this.whole = null;
    this.calls = { patient: new Newest(), opening: new Newest(), orders: new Newest(), reasoning: new Newest() };
    this.pause = 0;
  }

  /** Now, by the service's clock. */
  get now() {
    return new Date(Date.parse(this.start.now) + Date.now() - this.opened);
  }

  /** The moment that counts as now. */
  get moment() {
    return this.asOf ?? this.now;
  }

  /** The kind of EHR that is played. @returns {import("./types.js").Profile} */
  get ehr() {
    return this.start.profiles.find((each) => each.id === this.profile) ?? this.start.profiles[0];
  }

  /** @param {string} what */
  tell(what) {
    this.dispatchEvent(new CustomEvent("changed", { detail: what }));
  }

  // --- patients -----------------------------------------------------------------------------------------

  /** @param {string} id */
  async openStory(id) {
    await this.open(async (signal) => {
      const story = (await ask(`/sandbox/api/patients/${encodeURIComponent(id)}`, { signal })).json;
      return { ...story, notes: [], others: [] };
    });
  }

  /** @param {string} name of the file @param {string} text @param {string} [chosen] id of one of its patients */
  async openDocument(name, text, chosen = "") {
    await this.open(async (signal) => {
      const query = chosen ? `?patient=${encodeURIComponent(chosen)}` : "";
      const { json } = await post(`/sandbox/api/documents${query}`, text, { signal });
      const left = Object.entries(json.left_out).map(([kind, count]) => `${count} ${kind}`);
      const notes = left.length ? [`Asked for by no prefetch template, so not sent: ${left.join(", ")}.`] : [];
      return {
        id: `own ${chosen}`, title: name, proves: "", request: json.request, notes,
        others: json.patients.length > 1 ? json.patients : [], text,
      };
    });
  }

  /** A patient of whom the EHR holds nothing: every query was run and found nothing. */
  async openNobody() {
    await this.open(async (signal) => {
      const [service] = (await ask("/cds-services", { signal })).json.services;
      /** @type {Json} */
      const prefetch = {};
      for (const key of Object.keys(service.prefetch)) {
        prefetch[key] = { resourceType: "Bundle", type: "searchset", total: 0, entry: [] };
      }
      prefetch.patient = { resourceType: "Patient", id: "nobody", gender: "unknown" };
      const request = { hook: "patient-view", context: { patientId: "nobody" }, prefetch };
      const proves = "The EHR looked and holds nothing: no count, no medicine, no condition.";
      return { id: "nobody", title: "A patient without data", proves, request, notes: [], others: [] };
    });
  }

  /** @param {(signal: AbortSignal) => Promise<Patient>} fetchPatient */
  async open(fetchPatient) {
    const call = this.calls.patient.begin();
    try {
      const patient = await fetchPatient(call.signal);
      if (!call.isNewest()) return;
      this.patient = patient;
      this.patientFailure = null;
    } catch (error) {
      if (!call.isNewest()) return;
      this.patientFailure = failureOf(error);
      this.tell("patient");
      return;
    }
    clearTimeout(this.pause);
    this.calls.orders.stop();
    this.drafts = resourcesOf(this.patient.request.context?.draftOrders).map(withId);
    this.asOf = null;
    this.exchanges = { opening: null, orders: null };
    this.reasoning = this.whole = this.reasoningFailure = null;
    this.tell("patient");
    await this.call("opening", "patient-view");
  }

  // --- orders -------------------------------------------------------------------------------------------

  /** @param {Json} resource */
  addDraft(resource) {
    const draft = withId(resource);
    this.drafts = [...this.drafts, draft];
    this.ordersChanged([reference(draft)]);
  }

  /** @param {string} removed a reference */
  removeDraft(removed) {
    this.drafts = this.drafts.filter((draft) => reference(draft) !== removed);
    this.ordersChanged(this.drafts.map(reference));
  }

  /** @param {string[]} selected */
  ordersChanged(selected) {
    this.tell("drafts");
    clearTimeout(this.pause);
    this.calls.orders.stop(); // an answer about other drafts is none about these
    if (this.exchanges.orders) this.exchanges.orders.outdated = true;
    if (!this.drafts.length) {
      this.exchanges.orders = null;
      this.shown = "opening";
      this.tell("orders");
      this.reason();
      return;
    }
    this.tell("orders");
    this.pause = window.setTimeout(() => this.call("orders", "order-select", selected), EDIT_PAUSE);
  }

  /** Ask about all drafts, as an EHR does before they are signed. */
  sign() {
    clearTimeout(this.pause);
    return this.call("orders", "order-sign");
  }

  /** @param {Date | null} asOf */
  replay(asOf) {
    this.asOf = asOf;
    this.tell("as-of");
    clearTimeout(this.pause);
    this.pause = window.setTimeout(() => this.callAgain(), EDIT_PAUSE / 2);
  }

  /** @param {string} profile */
  showAs(profile) {
    this.profile = profile;
    this.tell("profile");
    this.callAgain();
  }

  /** The calls that are on show, anew. */
  async callAgain() {
    if (!this.patient) return;
    const orders = this.exchanges.orders;
    const calls = [this.call("opening", "patient-view", [], !orders)];
    if (orders && this.drafts.length) {
      calls.push(this.call("orders", orders.hook, orders.request.context.selections ?? []));
    }
    await Promise.all(calls);
  }

  // --- calls --------------------------------------------------------------------------------------------

  /**
   * @param {"opening" | "orders"} slot
   * @param {string} hook
   * @param {string[]} [selected]
   * @param {boolean} [show] put this call into the panes
   */
  async call(slot, hook, selected = [], show = true) {
    const service = this.start.services.find((each) => each.hook === hook);
    if (!this.patient || !service) return;
    const call = this.calls[slot].begin();
    const { request, held } = hookRequest(hook, this.patient.request, this.drafts, selected, this.asOf);
    const headers = this.wishes();
    /** @type {Exchange} */
    const exchange = {
      hook, service: service.id, request, headers, held, state: "waiting", response: null, failure: null,
      status: 0, milliseconds: 0, generic: null, outcomes: new Map(), outdated: false,
    };
    this.exchanges[slot] = exchange;
    if (show) this.shown = slot;
    this.tell(slot);
    const began = performance.now();
    try {
      const [answer, generic] = await Promise.all([
        post(`/cds-services/${service.id}`, request, { headers, signal: call.signal }),
        this.profile === "generic" ? null : this.callAsGeneric(service.id, request, call.signal).catch(() => null),
      ]);
      if (!Array.isArray(answer.json?.cards)) throw new Failure("The answer holds no cards.", answer.status, answer.text);
      exchange.response = answer.json;
      exchange.status = answer.status;
      exchange.generic = generic;
      exchange.state = "answered";
    } catch (error) {
      exchange.failure = failureOf(error);
      exchange.status = exchange.failure.status;
      exchange.state = "failed";
    }
    if (!call.isNewest()) return;
    exchange.milliseconds = Math.round(performance.now() - began);
    this.tell(slot);
    if (show) await this.reason();
  }

  /** @param {string} service @param {Json} request @param {AbortSignal} signal */
  async callAsGeneric(service, request, signal) {
    const headers = { ...this.wishes(), "X-Leukocds-Profile": "generic" };
    return (await post(`/cds-services/${service}`, request, { headers, signal })).json;
  }

  /** What was read and concluded of the call that is on show. */
  async reason() {
    const exchange = this.exchanges[this.shown];
    if (!exchange) return;
    const call = this.calls.reasoning.begin();
    const { headers, request } = exchange;
    try {
      const answer = await post(`/sandbox/api/reasoning/${exchange.service}`, request, { headers, signal: call.signal });
      if (!call.isNewest()) return;
      this.reasoning = answer.json;
      this.reasoningFailure = null;
      if (this.asOf === null) this.whole = answer.json.chart;
    } catch (error) {
      if (!call.isNewest()) return;
      this.reasoning = null;
      this.reasoningFailure = failureOf(error);
    }
    this.tell("reasoning");
  }

  /** The headers by which a sandbox is asked for another EHR or another day. @returns {Record<string, string>} */
  wishes() {
    return {
      ...(this.profile === this.start.profile ? {} : { "X-Leukocds-Profile": this.profile }),
      ...(this.asOf ? { "X-Leukocds-As-Of": this.asOf.toISOString() } : {}),
    };
  }
}

/** @param {Json} resource */
export function reference(resource) {
  return `${resource.resourceType}/${resource.id}`;
}

/** What a Bundle holds; nothing if it is none. @param {any} bundle @returns {Json[]} */
export function resourcesOf(bundle) {
  const entries = Array.isArray(bundle?.entry) ? bundle.entry : [];
  return entries.map((/** @type {any} */ each) => each?.resource).filter((/** @type {any} */ each) => typeof each?.resourceType === "string");
}

/** @param {Json} resource */
function withId(resource) {
  return resource.id ? resource : { ...resource, id: `draft-${crypto.randomUUID().slice(0, 8)}` };
}

/** @param {unknown} error */
function failureOf(error) {
  if (error instanceof Failure) return error;
  return new Failure(error instanceof Error ? error.message : "Something went wrong on this page.");
}
