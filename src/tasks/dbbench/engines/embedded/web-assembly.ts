/** A compiled module, which threads may share. */
export type CompiledModule = object;

/** What Node's types leave out, as far as it is used here. */
interface WebAssemblyFace {
  compile(bytes: Uint8Array): Promise<CompiledModule>;
  readonly RuntimeError: new () => Error;
  readonly Instance: new (module: CompiledModule, imports: object) => { readonly exports: object };
}

export const webAssembly = (globalThis as unknown as { readonly WebAssembly: WebAssemblyFace }).WebAssembly;
