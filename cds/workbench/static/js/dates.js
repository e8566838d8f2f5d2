/** Days and moments in words. All of them are UTC, as the service's. */

const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const SHORT = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "UTC" });
export const DAY_LENGTH = 86_400_000;

/** @param {string | number | Date | null} moment */
export function longDay(moment) {
  return moment === null || moment === "" ? "undated" : DAY.format(new Date(moment));
}

/** Without the year where it is this one. @param {string | number | Date | null} moment @param {Date} now */
export function shortDay(moment, now) {
  if (moment === null || moment === "") return "undated";
  const date = new Date(moment);
  return (date.getUTCFullYear() === now.getUTCFullYear() ? SHORT : DAY).format(date);
}

/** @param {string | number | Date} moment */
export function minute(moment) {
  return CLOCK.format(new Date(moment));
}

/** Whole years, or months below two years. @param {string} born @param {Date} now */
export function age(born, now) {
  const date = new Date(born);
  if (Number.isNaN(date.getTime())) return "";
  let months = (now.getUTCFullYear() - date.getUTCFullYear()) * 12 + now.getUTCMonth() - date.getUTCMonth();
  if (now.getUTCDate() < date.getUTCDate()) months -= 1;
  if (months < 0) return "";
  return months < 24 ? `${months} months` : `${Math.floor(months / 12)} years`;
}

/** The last moment of a day, or now if that is earlier. @param {number} day @param {Date} now */
export function endOfDay(day, now) {
  const start = new Date(day);
  start.setUTCHours(23, 59, 59, 0);
  return start.getTime() >= now.getTime() ? null : start;
}
