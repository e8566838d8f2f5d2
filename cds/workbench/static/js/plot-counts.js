/** The lines of the plot and the bands behind them. Heights are square roots, so that low counts have room. */
import { longDay } from "./dates.js";
import { SEVERITY, unitWord, valueWord } from "./words.js";

/** @type {Record<string, {place: number, symbol: string, dash: string | number[]}>} */
const LOOK = {
  leukocytes: { place: 0, symbol: "rect", dash: "solid" },
  neutrophils: { place: 1, symbol: "circle", dash: "solid" },
  lymphocytes: { place: 2, symbol: "triangle", dash: [6, 3] },
};

/** @param {any} line @param {number} place @param {boolean} focused @param {any} theme @param {Date} now @param {boolean} narrow */
export function countSeries(line, place, focused, theme, now, narrow) {
  const look = LOOK[line.id] ?? { place: 3 + (place % 3), symbol: "diamond", dash: [2, 3] };
  const colour = theme.lines[look.place];
  const counts = [...line.counts].reverse();
  return {
    type: "line", name: line.name, z: focused ? 6 : 4, symbol: look.symbol, symbolSize: focused ? 9 : 7,
    lineStyle: { color: colour, width: focused ? 2.5 : 1.5, type: look.dash, opacity: focused ? 1 : 0.6 },
    itemStyle: { color: colour, opacity: focused ? 1 : 0.75 },
    emphasis: { disabled: true },
    data: counts.map((count) => ({ value: [Date.parse(count.at), Math.sqrt(count.value)], count })),
    endLabel: narrow ? { show: false } : { show: true, formatter: `${line.short} ${line.counts[0].shown}`, color: colour, fontWeight: focused ? "bold" : "normal", distance: 10 },
    labelLayout: { moveOverlap: "shiftY" },
    tooltip: {
      formatter: (/** @type {any} */ point) => {
        const count = point.data.count;
        const tier = SEVERITY[count.severity]?.word;
        return `${line.name} ${valueWord(count)} ${unitWord(line.unit)}\n${longDay(count.at)}${tier ? `, ${tier}` : ""}`;
      },
    },
  };
}

/** The tiers of one line as bands, each with its name and limit. @param {any} focus @param {any} theme @param {Date} _moment @param {number} top */
export function tierAreas(focus, theme, _moment, top) {
  let from = 0;
  const areas = focus.tiers.map((/** @type {any} */ tier) => {
    const low = from;
    from = tier.below;
    const thin = Math.sqrt(tier.below) - Math.sqrt(low) < Math.sqrt(top) * 0.055;
    return [
      {
        yAxis: Math.sqrt(low),
        itemStyle: { color: theme.tiers[tier.name] },
        label: { show: !thin, formatter: `${focus.short} ${tier.name} < ${tier.below}`, position: "insideLeft", color: theme.ink, fontSize: 11 },
      },
      { yAxis: Math.sqrt(tier.below) },
    ];
  });
  return { type: "line", data: [], silent: true, z: 1, markArea: { silent: true, data: areas } };
}
