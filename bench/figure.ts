/** One measured number as the table shows it. */
export interface Figure {
  readonly name: string;
  /** With its unit. */
  readonly measured: string;
  /** What it is to reach; none for figures that only explain others. */
  readonly goal?: string;
  readonly isReached?: boolean;
}

export interface Limit {
  readonly goal: number;
  readonly unit?: string;
  readonly digits?: number;
}

/** A figure that is to be `goal` or more. */
export function atLeast(name: string, value: number, limit: Limit): Figure {
  return compare({ name, value, limit, sign: '≥', isReached: value >= limit.goal });
}

/** A figure that is to be `goal` or less. */
export function atMost(name: string, value: number, limit: Limit): Figure {
  return compare({ name, value, limit, sign: '≤', isReached: value <= limit.goal });
}

/** A figure without a goal. */
export function shown(name: string, value: number, format: Omit<Limit, 'goal'> = {}): Figure {
  return { name, measured: formatNumber(value, format) };
}

/** What came in the place of a figure. */
export function failed(name: string, reason: string, goal?: string): Figure {
  return { name, measured: `failed: ${reason}`, isReached: false, ...(goal !== undefined && { goal }) };
}

export function formatNumber(value: number, { unit, digits = 0 }: Omit<Limit, 'goal'>): string {
  const number = value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return unit === undefined ? number : `${number} ${unit}`;
}

function compare(comparison: {
  readonly name: string;
  readonly value: number;
  readonly limit: Limit;
  readonly sign: string;
  readonly isReached: boolean;
}): Figure {
  const { name, value, limit, sign, isReached } = comparison;
  const goalDigits = (String(limit.goal).split('.')[1] ?? '').length;
  const goal = `${sign} ${formatNumber(limit.goal, { ...limit, digits: goalDigits })}`;
  return { name, measured: formatNumber(value, limit), goal, isReached };
}
