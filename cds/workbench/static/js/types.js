/**
 * The shapes that this page handles. What comes from the service is described in cds/workbench/chart_data.py.
 *
 * @typedef {Record<string, any>} Json
 * @typedef {{id: string, title: string, proves: string, service: string}} PatientLine
 * @typedef {{id: string, name: string, hooks: string[], notes: string[], actions: number, shows_labels: boolean}} Profile
 * @typedef {{id: string, name: string, kind: string, names: string[], system: string, code: string}} Orderable
 * @typedef {object} Start
 * @property {string} version
 * @property {string} knowledge
 * @property {string} now
 * @property {{id: string, hook: string, title: string}[]} services
 * @property {string} profile
 * @property {Profile[]} profiles
 * @property {{name: string, patients: PatientLine[]}[]} themes
 * @property {Orderable[]} orderables
 *
 * @typedef {object} Patient
 * @property {string} id
 * @property {string} title
 * @property {string} proves
 * @property {Json} request the hook request that brought the data; its prefetch is the chart
 * @property {string[]} notes what was left out on the way here
 * @property {string[]} others ids of other patients in the same document
 *
 * @typedef {object} Exchange one hook call
 * @property {string} hook
 * @property {string} service
 * @property {Json} request
 * @property {Record<string, string>} headers
 * @property {"waiting" | "answered" | "failed"} state
 * @property {Json | null} response
 * @property {import("./api.js").Failure | null} failure
 * @property {number} status
 * @property {number} milliseconds
 * @property {Json | null} generic the answer to the same call without a profile, to see what was left out
 * @property {number} held how many results lie after the day that is replayed
 * @property {Map<string, Outcome>} outcomes by the card's uuid
 * @property {boolean} outdated the orders have changed since
 *
 * @typedef {object} Outcome what became of a card
 * @property {string[]} accepted uuids of accepted suggestions
 * @property {boolean} overridden
 * @property {string} said
 * @property {boolean} failed the feedback did not arrive
 */
export {};
