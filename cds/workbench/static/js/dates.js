/** Days and moments in words. All of them are UTC, as the service's. */

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]; // as on the cards
export const DAY_LENGTH = 86_400_000;

/** @param {string | number | Date | null} moment */
export function longDay(moment) {
  if (moment === null || moment === "") return "undated";
  const date = new Date(moment);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

/** Without the year where it is this one. @param {string | number | Date | null} moment @param {Date} now */
export function shortDay(moment, now) {
  const words = longDay(moment);
  const year = ` ${now.getUTCFullYear()}`;
  return words.endsWith(year) ? words.slice(0, -year.length) : words;
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
