/** The lines of the plot and the bands behind them. Heights are square roots, so that low counts have room. */
import { longDay } from "./dates.js";
import { SEVERITY, unitWord, valueWord } from "./words.js";

const LABEL_HEIGHT = 15;

/** @type {Record<string, {place: number, symbol: string, dash: string | number[]}>} */
const LOOK = {
  leukocytes: { place: 0, symbol: "rect", dash: "solid" },
  neutrophils: { place: 1, symbol: "circle", dash: "solid" },
  lymphocytes: { place: 2, symbol: "triangle", dash: [6, 3] },
};

/** @param {any} line @param {number} place @param {boolean} focused @param {any} theme @param {number | null} label how far its name is moved up or down; null: none */
export function countSeries(line, place, focused, theme, label) {
  const look = LOOK[line.id] ?? { place: 3 + (place % 3), symbol: "diamond", dash: [2, 3] };
  const colour = theme.lines[look.place];
  const counts = [...line.counts].reverse();
  return {
    type: "line", name: line.name, z: focused ? 6 : 4, symbol: look.symbol, symbolSize: focused ? 9 : 7,
    lineStyle: { color: colour, width: focused ? 2.5 : 1.5, type: look.dash, opacity: focused ? 1 : 0.6 },
    itemStyle: { color: colour, opacity: focused ? 1 : 0.75 },
    emphasis: { disabled: true },
    data: counts.map((count) => ({ value: [Date.parse(count.at), Math.sqrt(count.value)], count })),
    endLabel: label === null
      ? { show: false }
      : { show: true, formatter: `${line.short} ${valueWord(line.counts[0])}`, color: colour, fontWeight: focused ? "bold" : "normal", distance: 10, offset: [0, label] },
    tooltip: {
      formatter: (/** @type {any} */ point) => {
        const count = point.data.count;
        const tier = SEVERITY[count.severity]?.word;
        return `${line.name} ${valueWord(count)} ${unitWord(line.unit)}\n${longDay(count.at)}${tier ? `, ${tier}` : ""}`;
      },
    },
  };
}

/**
 * How far each line's name has to move, so that no two stand on one another.
 * @param {any[]} lines @param {number} top the value at the upper edge @param {number} height pixels of the plot
 * @returns {number[]} pixels, down is positive
 */
export function spread(lines, top, height) {
  const wanted = lines.map((line, place) => ({ place, y: height * (1 - Math.sqrt(line.counts[0].value / top)) }));
  wanted.sort((one, other) => one.y - other.y);
  const moved = lines.map(() => 0);
  let free = Number.NEGATIVE_INFINITY;
  for (const { place, y } of wanted) {
    const at = Math.max(y, free);
    moved[place] = at - y;
    free = at + LABEL_HEIGHT;
  }
  return moved;
}

/** The tiers of one line as bands, each with its name and limit. @param {any} focus @param {any} theme @param {boolean} narrow @param {number} top */
export function tierAreas(focus, theme, narrow, top) {
  let from = 0;
  const areas = focus.tiers.map((/** @type {any} */ tier) => {
    const low = from;
    from = tier.below;
    const thin = Math.sqrt(tier.below) - Math.sqrt(low) < Math.sqrt(top) * 0.055;
    return [
      {
        yAxis: Math.sqrt(low),
        itemStyle: { color: theme.tiers[tier.name] },
        label: { show: !thin, formatter: `${focus.short} ${tier.name} < ${tier.below}`, position: narrow ? "insideLeft" : "left", distance: narrow ? 5 : 32, color: theme.ink, fontSize: 11 },
      },
      { yAxis: Math.sqrt(tier.below) },
    ];
  });
  return { type: "line", data: [], silent: true, z: 1, markArea: { silent: true, data: areas } };
}
