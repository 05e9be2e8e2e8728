import type { Route, RouteRequest, SampleStatus } from '../protocol/index.ts';

export type RouteTable = Readonly<Record<string, Route>>;

/** One operation, which may ask whether anybody still waits for it: gives the reply's value, or its text as it is to be sent; throws `WireError` for an error reply. */
export type Handler<R extends Route> = (
  call: RouteRequest<R> & { readonly bodyText: string; readonly isClientGone: () => boolean },
) => unknown;

export type Handlers<Table extends RouteTable> = { readonly [Name in keyof Table]: Handler<Table[Name]> };

/** A reply that is no JSON. */
export class RawText {
  readonly text: string;
  readonly contentType: string;

  constructor(text: string, contentType: string) {
    this.text = text;
    this.contentType = contentType;
  }
}

/** Operations without input whose paths stand outside the prefix. */
export type Pages = Readonly<Record<`/${string}`, () => Promise<RawText>>>;

/** A reply whose JSON text is there already and must not be built anew. */
export class RawJson {
  readonly text: string;
  /** Goes into a header, where the reply tells of a sample. */
  readonly sampleStatus: SampleStatus | undefined;

  constructor(text: string, sampleStatus?: SampleStatus) {
    this.text = text;
    this.sampleStatus = sampleStatus;
  }
}
