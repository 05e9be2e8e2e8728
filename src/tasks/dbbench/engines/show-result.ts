import { representBytes, representFloat, representString } from '../python/index.ts';
import type { Cell, StatementResult } from './engine.ts';

const longestReply = 800;

/** The reply that the agent sees: the rows as Python prints a list of tuples, or the error; cut after 800 characters. */
export function showResult(result: StatementResult): string {
  const text = 'error' in result ? result.error : `[${result.rows.map(showRow).join(', ')}]`;
  const characters = [...text.slice(0, longestReply * 2 + 2)];
  return characters.length > longestReply ? `${characters.slice(0, longestReply).join('')}[TRUNCATED]` : text;
}

function showRow(row: readonly Cell[]): string {
  const cells = row.map(showCell);
  return cells.length === 1 ? `(${cells[0]},)` : `(${cells.join(', ')})`;
}

function showCell(cell: Cell): string {
  if (cell === null) return 'None';
  if (typeof cell === 'string') return representString(cell);
  if (typeof cell !== 'object') return String(cell);
  if (cell.type === 'float') return representFloat(cell.value);
  if (cell.type === 'bytes') return representBytes(cell.bytes);
  if (cell.type === 'decimal') return `Decimal('${cell.text}')`;
  if (cell.type === 'time') return showTime(cell.text);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = numbersIn(cell.text);
  // The client gives None for a date that Python does not have, such as 0000-00-00.
  if (year === 0 || month === 0 || day === 0) return 'None';
  if (cell.type === 'date') return `datetime.date(${year}, ${month}, ${day})`;
  const micro = microsecondsIn(cell.text);
  const seconds = micro > 0 ? `, ${second}, ${micro}` : second > 0 ? `, ${second}` : '';
  return `datetime.datetime(${year}, ${month}, ${day}, ${hour}, ${minute}${seconds})`;
}

/** Python prints a time difference as days, which are negative for a negative one, and seconds, which never are. */
function showTime(text: string): string {
  const [hour = 0, minute = 0, second = 0] = numbersIn(text);
  const total =
    (text.startsWith('-') ? -1 : 1) * (((hour * 60 + minute) * 60 + second) * 1e6 + microsecondsIn(text));
  const days = Math.floor(total / 86_400e6);
  const seconds = Math.floor((total - days * 86_400e6) / 1e6);
  const micro = total - days * 86_400e6 - seconds * 1e6;
  const parts = [
    ...(days !== 0 ? [`days=${days}`] : []),
    ...(seconds !== 0 ? [`seconds=${seconds}`] : []),
    ...(micro !== 0 ? [`microseconds=${micro}`] : []),
  ];
  return `datetime.timedelta(${parts.length > 0 ? parts.join(', ') : '0'})`;
}

function numbersIn(text: string): number[] {
  return (text.replace(/\.\d*$/, '').match(/\d+/g) ?? []).map(Number);
}

function microsecondsIn(text: string): number {
  const fraction = /\.(\d+)$/.exec(text)?.[1];
  return fraction === undefined ? 0 : Number(fraction.slice(0, 6).padEnd(6, '0'));
}
