import type { Logger, LogFields } from '../base/index.ts';
import type { HttpTransportOptions } from '../http/index.ts';
import type { HeartbeatOptions, Introduction } from './heartbeat.ts';

/** How a thread of its own reaches the controller; plain data, since it is copied there. */
export interface ControllerTarget {
  /** With the prefix. */
  readonly address: string;
  readonly access: HttpTransportOptions;
}

/** What the heartbeat's thread is started with. */
export interface HeartbeatStart {
  readonly introduction: Introduction;
  readonly controller: ControllerTarget;
  readonly options: HeartbeatOptions;
  readonly pulse: SharedArrayBuffer;
}

/** From the worker's main thread to the heartbeat's. */
export type HeartbeatOrder =
  /** Those that have changed; undefined where the session has ended. */
  | { readonly type: 'owners'; readonly owners: ReadonlyMap<number, string | undefined> }
  | { readonly type: 'concurrency'; readonly concurrency: number }
  | { readonly type: 'stop' };

/** The other way. */
export type HeartbeatReport =
  | {
      readonly type: 'log';
      readonly level: keyof Logger;
      readonly message: string;
      readonly fields: LogFields | undefined;
    }
  /** The controller was told goodbye. */
  | { readonly type: 'stopped' };
