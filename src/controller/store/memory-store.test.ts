import { MemoryStore } from './memory-store.ts';
import { describeStore } from './store.suite.ts';

describeStore('the memory store', {
  open: () => Promise.resolve(new MemoryStore()),
  reopen: (store) => Promise.resolve((store as MemoryStore).copy()),
});
