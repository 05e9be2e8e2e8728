import { strict, toNumber, toText, type SqlFunction, type SqlValue } from './value.ts';

const numeric = (compute: (...values: readonly number[]) => number): SqlFunction =>
  strict((...args) => {
    const result = compute(...args.map(toNumber));
    return Number.isFinite(result) ? result : null;
  });

/** Rounds half away from zero, on the decimal digits that a person sees. */
function roundTo(value: number, places: number): number {
  const shifted = Number(shift(Math.abs(value), places));
  return Math.sign(value) * Number(shift(Math.round(shifted), -places));
}

function truncateTo(value: number, places: number): number {
  return Math.sign(value) * Number(shift(Math.floor(Number(shift(Math.abs(value), places))), -places));
}

/** Moves the decimal point in the text of the number, which is exact where a multiplication is not. */
function shift(value: number, places: number): string {
  const [digits = '0', exponent = '0'] = value.toString().split('e');
  return `${digits}e${Number(exponent) + places}`;
}

function formatGrouped(value: number, places: number): string {
  const size = Math.min(30, Math.max(0, Math.round(places)));
  const rounded = roundTo(value, size);
  return rounded.toLocaleString('en-US', {
    minimumFractionDigits: Math.min(20, size),
    maximumFractionDigits: Math.min(20, size),
  });
}

function spread(json: SqlValue | undefined, lost: number): number | null {
  const values = (JSON.parse(toText(json ?? '[]')) as readonly (number | null)[]).filter(
    (value) => value !== null,
  );
  if (values.length <= lost) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - lost);
}

const deviation = (lost: number): SqlFunction =>
  strict((json) => {
    const variance = spread(json, lost);
    return variance === null ? null : Math.sqrt(variance);
  });

export const numberFunctions: Readonly<Record<string, SqlFunction>> = {
  my_stored: (value = null) => (typeof value === 'number' ? String(value).replace('e+', 'e') : value),
  my_number: strict((value) => toNumber(value ?? null)),
  my_round: numeric((value, places = 0) => roundTo(value, places)),
  my_truncate: numeric((value, places = 0) => truncateTo(value, places)),
  my_mod: numeric((left, right) => left % (right ?? 0)),
  my_pow: numeric((base, power) => base ** (power ?? 0)),
  my_sqrt: numeric((value) => Math.sqrt(value)),
  my_exp: numeric((value) => Math.exp(value)),
  my_ln: numeric((value) => Math.log(value)),
  my_log: numeric((first, second) => (second === undefined ? Math.log(first) : logarithm(second, first))),
  my_sign: numeric((value) => Math.sign(value)),
  my_rand: () => Math.random(),
  my_conv: strict((value, from, to) => {
    const parsed = parseInt(toText(value ?? null), toNumber(from ?? null));
    return Number.isNaN(parsed) ? '0' : parsed.toString(toNumber(to ?? null)).toUpperCase();
  }),
  my_format: strict((value, places) => formatGrouped(toNumber(value ?? null), toNumber(places ?? null))),
  my_variance: strict((json) => spread(json, 0)),
  my_variance_sample: strict((json) => spread(json, 1)),
  my_deviation: deviation(0),
  my_deviation_sample: deviation(1),
};

function logarithm(value: number, base: number): number {
  if (base === 10) return Math.log10(value);
  return base === 2 ? Math.log2(value) : Math.log(value) / Math.log(base);
}
