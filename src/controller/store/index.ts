export { MemoryStore } from './memory-store.ts';
export { openSqliteStore } from './sqlite-store.ts';
export type {
  ControllerStore,
  StoreContents,
  StoredEnd,
  StoredSession,
  StoredTask,
  StoredWorker,
} from './store.ts';
export { StoreWriter } from './store-writer.ts';
