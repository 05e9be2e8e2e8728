import { quoteText, type TokenReader } from './token-reader.ts';

/** How a function of MySQL's is written for SQLite; `my_...` are functions that the thread adds. */
export type FunctionRow = {
  readonly least: number;
  readonly most: number;
  readonly emit: (args: readonly string[], databaseName: string) => string;
};

/** The units of INTERVAL, EXTRACT and TIMESTAMPDIFF; they stand in the translation as they are, so nothing else may. */
const dateUnits: readonly string[] = [
  'MICROSECOND',
  'SECOND',
  'MINUTE',
  'HOUR',
  'DAY',
  'WEEK',
  'MONTH',
  'QUARTER',
  'YEAR',
];

/** Takes the unit that comes next. Throws a syntax error for anything else. */
export function takeDateUnit(reader: TokenReader): string {
  const token = reader.next();
  const unit = token.value.toUpperCase().replace(/^SQL_TSI_/, '');
  if (token.type !== 'word' || !dateUnits.includes(unit)) throw reader.syntaxError();
  return unit;
}

const call = (target: string, least: number, most = least): FunctionRow => ({
  least,
  most,
  emit: (args) => `${target}(${args.join(', ')})`,
});

/** A function of ours that gives a whole number: numbers from JavaScript reach SQLite as floats. */
const whole = (target: string, least: number, most = least): FunctionRow => ({
  least,
  most,
  emit: (args) => `CAST(${target}(${args.join(', ')}) AS INTEGER)`,
});

const fixed = (text: string): FunctionRow => ({ least: 0, most: 1, emit: () => text });
const many = 900;

const textFunctions: Readonly<Record<string, FunctionRow>> = {
  CONCAT: call('my_concat', 1, many),
  CONCAT_WS: call('my_concat_ws', 2, many),
  LENGTH: whole('my_byte_length', 1),
  OCTET_LENGTH: whole('my_byte_length', 1),
  CHAR_LENGTH: whole('my_char_length', 1),
  CHARACTER_LENGTH: whole('my_char_length', 1),
  UPPER: call('my_upper', 1),
  UCASE: call('my_upper', 1),
  LOWER: call('my_lower', 1),
  LCASE: call('my_lower', 1),
  LEFT: call('my_left', 2),
  RIGHT: call('my_right', 2),
  SUBSTRING_INDEX: call('my_substring_index', 3),
  LOCATE: whole('my_locate', 2, 3),
  INSTR: { least: 2, most: 2, emit: ([text, wanted]) => `CAST(my_locate(${wanted}, ${text}) AS INTEGER)` },
  REPLACE: call('my_replace', 3),
  LTRIM: { least: 1, most: 1, emit: ([text]) => `my_trim('LEADING', ' ', ${text})` },
  RTRIM: { least: 1, most: 1, emit: ([text]) => `my_trim('TRAILING', ' ', ${text})` },
  LPAD: call('my_lpad', 3),
  RPAD: call('my_rpad', 3),
  REPEAT: call('my_repeat', 2),
  REVERSE: call('my_reverse', 1),
  SPACE: { least: 1, most: 1, emit: ([count]) => `my_repeat(' ', ${count})` },
  INSERT: call('my_insert', 4),
  FIELD: whole('my_field', 2, many),
  FIND_IN_SET: whole('my_find_in_set', 2),
  ELT: call('my_elt', 2, many),
  STRCMP: whole('my_strcmp', 2),
  ASCII: whole('my_ascii', 1),
  ORD: whole('my_ascii', 1),
  CHAR: call('my_char', 1, many),
  HEX: call('my_hex', 1),
  UNHEX: call('unhex', 1),
  MD5: call('my_md5', 1),
  SHA: call('my_sha1', 1),
  SHA1: call('my_sha1', 1),
  SHA2: call('my_sha2', 2),
  FORMAT: call('my_format', 2, 3),
  QUOTE: call('my_quote', 1),
  REGEXP_LIKE: call('my_regexp', 2, 3),
  REGEXP_REPLACE: call('my_regexp_replace', 3),
  REGEXP_SUBSTR: call('my_regexp_substr', 2),
  REGEXP_INSTR: whole('my_regexp_instr', 2),
};

const numberFunctions: Readonly<Record<string, FunctionRow>> = {
  ABS: call('abs', 1),
  CEIL: { least: 1, most: 1, emit: ([value]) => `CAST(ceil(my_number(${value})) AS INTEGER)` },
  CEILING: { least: 1, most: 1, emit: ([value]) => `CAST(ceil(my_number(${value})) AS INTEGER)` },
  FLOOR: { least: 1, most: 1, emit: ([value]) => `CAST(floor(my_number(${value})) AS INTEGER)` },
  ROUND: call('my_round', 1, 2),
  TRUNCATE: call('my_truncate', 2),
  MOD: call('my_mod', 2),
  POW: call('my_pow', 2),
  POWER: call('my_pow', 2),
  SQRT: call('my_sqrt', 1),
  EXP: call('my_exp', 1),
  LN: call('my_ln', 1),
  LOG: call('my_log', 1, 2),
  LOG2: { least: 1, most: 1, emit: ([value]) => `my_log(2, ${value})` },
  LOG10: { least: 1, most: 1, emit: ([value]) => `my_log(10, ${value})` },
  SIGN: whole('my_sign', 1),
  PI: fixed('3.141592653589793'),
  RAND: fixed('my_rand()'),
  BIN: { least: 1, most: 1, emit: ([value]) => `my_conv(${value}, 10, 2)` },
  OCT: { least: 1, most: 1, emit: ([value]) => `my_conv(${value}, 10, 8)` },
  CONV: call('my_conv', 3),
  GREATEST: call('my_greatest', 2, many),
  LEAST: call('my_least', 2, many),
};

const choiceFunctions: Readonly<Record<string, FunctionRow>> = {
  IF: {
    least: 3,
    most: 3,
    emit: ([condition, yes, no]) => `(CASE WHEN ${condition} THEN ${yes} ELSE ${no} END)`,
  },
  IFNULL: call('ifnull', 2),
  COALESCE: {
    least: 1,
    most: many,
    emit: (args) => (args.length === 1 ? `(${args[0]})` : `coalesce(${args.join(', ')})`),
  },
  NULLIF: {
    least: 2,
    most: 2,
    emit: ([left, right]) => `(CASE WHEN my_eq(${left}, ${right}) THEN NULL ELSE ${left} END)`,
  },
  ISNULL: { least: 1, most: 1, emit: ([value]) => `(${value} IS NULL)` },
  DATABASE: { least: 0, most: 0, emit: (_args, databaseName) => quoteText(databaseName) },
  SCHEMA: { least: 0, most: 0, emit: (_args, databaseName) => quoteText(databaseName) },
  VERSION: fixed("'8.0.36'"),
  USER: fixed("'agent@localhost'"),
  CURRENT_USER: fixed("'agent@localhost'"),
  CONNECTION_ID: fixed('1'),
  LAST_INSERT_ID: fixed('last_insert_rowid()'),
  ROW_COUNT: fixed('changes()'),
  VALUES: { least: 1, most: 1, emit: ([column]) => `excluded.${column}` },
};

/** SUM and AVG over text give a float in MySQL, also where all of it are whole numbers. */
const floatIfText = (value: string | undefined) =>
  `CASE typeof(${value}) WHEN 'text' THEN CAST(${value} AS REAL) ELSE ${value} END`;

const aggregates: Readonly<Record<string, FunctionRow>> = {
  COUNT: call('COUNT', 1),
  SUM: { least: 1, most: 1, emit: ([value]) => `SUM(${floatIfText(value)})` },
  AVG: call('AVG', 1),
  MIN: call('MIN', 1),
  MAX: call('MAX', 1),
  ANY_VALUE: call('MIN', 1),
  STD: deviation('my_deviation'),
  STDDEV: deviation('my_deviation'),
  STDDEV_POP: deviation('my_deviation'),
  STDDEV_SAMP: deviation('my_deviation_sample'),
  VARIANCE: deviation('my_variance'),
  VAR_POP: deviation('my_variance'),
  VAR_SAMP: deviation('my_variance_sample'),
};

/** Collected first, so that one plain function does the arithmetic. */
function deviation(target: string): FunctionRow {
  return { least: 1, most: 1, emit: ([value]) => `${target}(json_group_array(my_number(${value})))` };
}

const windowFunctions: Readonly<Record<string, FunctionRow>> = {
  ROW_NUMBER: call('row_number', 0),
  RANK: call('rank', 0),
  DENSE_RANK: call('dense_rank', 0),
  PERCENT_RANK: call('percent_rank', 0),
  CUME_DIST: call('cume_dist', 0),
  NTILE: call('ntile', 1),
  LAG: call('lag', 1, 3),
  LEAD: call('lead', 1, 3),
  FIRST_VALUE: call('first_value', 1),
  LAST_VALUE: call('last_value', 1),
  NTH_VALUE: call('nth_value', 2),
};

const dateAdd = (sign: '' | '-'): FunctionRow => ({
  least: 2,
  most: 2,
  // An INTERVAL argument brings its unit along; a bare number means days.
  emit: ([date, interval = '']) =>
    `my_date_add(${date}, ${sign}${interval}${/, '[A-Z]+'$/.test(interval) ? '' : ", 'DAY'"})`,
});

const dateFunctions: Readonly<Record<string, FunctionRow>> = {
  NOW: fixed("my_now('datetime')"),
  SYSDATE: fixed("my_now('datetime')"),
  CURRENT_TIMESTAMP: fixed("my_now('datetime')"),
  LOCALTIME: fixed("my_now('datetime')"),
  LOCALTIMESTAMP: fixed("my_now('datetime')"),
  UTC_TIMESTAMP: fixed("my_now('datetime')"),
  CURDATE: fixed("my_now('date')"),
  CURRENT_DATE: fixed("my_now('date')"),
  UTC_DATE: fixed("my_now('date')"),
  CURTIME: fixed("my_now('time')"),
  CURRENT_TIME: fixed("my_now('time')"),
  UTC_TIME: fixed("my_now('time')"),
  DATE: call('my_date', 1),
  TIME: call('my_time', 1),
  TIMESTAMP: call('my_datetime', 1),
  ...Object.fromEntries(
    [
      'YEAR',
      'QUARTER',
      'MONTH',
      'WEEK',
      'DAY',
      'DAYOFMONTH',
      'DAYOFWEEK',
      'WEEKDAY',
      'DAYOFYEAR',
      'HOUR',
      'MINUTE',
      'SECOND',
    ].map((name): [string, FunctionRow] => [
      name,
      { least: 1, most: 1, emit: ([value]) => `CAST(my_extract('${name}', ${value}) AS INTEGER)` },
    ]),
  ),
  MONTHNAME: { least: 1, most: 1, emit: ([value]) => `my_date_format(${value}, '%M')` },
  DAYNAME: { least: 1, most: 1, emit: ([value]) => `my_date_format(${value}, '%W')` },
  DATE_FORMAT: call('my_date_format', 2),
  TIME_FORMAT: call('my_date_format', 2),
  STR_TO_DATE: call('my_str_to_date', 2),
  DATEDIFF: whole('my_datediff', 2),
  DATE_ADD: dateAdd(''),
  ADDDATE: dateAdd(''),
  DATE_SUB: dateAdd('-'),
  SUBDATE: dateAdd('-'),
  LAST_DAY: call('my_last_day', 1),
  MAKEDATE: call('my_makedate', 2),
  UNIX_TIMESTAMP: whole('my_unix_timestamp', 0, 1),
  FROM_UNIXTIME: call('my_from_unixtime', 1, 2),
};

/** Every function that an agent may call. */
export const functionTable: Readonly<Record<string, FunctionRow>> = {
  ...textFunctions,
  ...numberFunctions,
  ...choiceFunctions,
  ...aggregates,
  ...windowFunctions,
  ...dateFunctions,
};
