import type { Clock, LogFields, Logger } from '../base/index.ts';
import { redactText } from '../config/index.ts';
import { escapeControl } from './escape-control.ts';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface PrettyLogOptions {
  readonly clock: Clock;
  /** Less important lines are left out. */
  readonly level: LogLevel;
  /** Called with each line, without its end. */
  readonly write: (line: string) => void;
  readonly hasColour?: boolean;
  /** Texts that must not be shown; read at each line, since more become known while configuration is read. */
  readonly secrets?: readonly string[];
}

const colours: Readonly<Record<LogLevel, number>> = { debug: 90, info: 36, warn: 33, error: 31 };

/** A log of lines such as `08:15:47 warn worker is silent address=http://localhost:5001/api`, free of secrets and control characters. */
export function createPrettyLog(options: PrettyLogOptions): Logger {
  const { clock, level, write, hasColour = false, secrets = [] } = options;
  const threshold = logLevels.indexOf(level);
  const logAt = (name: LogLevel) => (message: string, fields?: LogFields) => {
    if (logLevels.indexOf(name) < threshold) return;
    const shownLevel = hasColour ? `\u001b[${colours[name]}m${name}\u001b[0m` : name;
    const told = escapeControl(redactText(`${message}${formatFields(fields)}`, secrets));
    write(`${formatTime(clock.now())} ${shownLevel} ${told}`);
  };
  return { debug: logAt('debug'), info: logAt('info'), warn: logAt('warn'), error: logAt('error') };
}

function formatTime(nowMs: number): string {
  const now = new Date(nowMs);
  return [now.getHours(), now.getMinutes(), now.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}

function formatFields(fields: LogFields = {}): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${formatValue(value)}`)
    .join('');
}

function formatValue(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return /^[^\s"]+$/.test(text) ? text : JSON.stringify(text);
}
