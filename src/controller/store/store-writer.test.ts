import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../base/index.ts';
import { MemoryStore } from './memory-store.ts';
import { StoreWriter } from './store-writer.ts';

function bench() {
  const store = new MemoryStore();
  const disk = { isFull: false };
  const told: string[] = [];
  const note = (message: string) => void told.push(message);
  const writer = new StoreWriter(store, { ...silentLogger, error: note, info: note });
  const save = (name: string) => () => {
    if (disk.isFull) throw new Error('disk is full');
    store.saveTask({ name, indices: [] });
  };
  const names = () => store.load().tasks.map(({ name }) => name);
  return { disk, told, writer, save, names };
}

describe('StoreWriter', () => {
  it('writes what happened while it could not, in its order, before anything later', () => {
    const { disk, writer, save, names } = bench();
    disk.isFull = true;
    for (const name of ['a', 'b']) writer.note(save(name));
    expect(() => writer.require(save('never'))).toThrow(expect.objectContaining({ status: 503 }));
    expect(writer.isFailing).toBe(true);
    disk.isFull = false;
    writer.require(save('c'));
    expect(names()).toEqual(['a', 'b', 'c']);
    expect(writer.isFailing).toBe(false);
  });

  it('tells a lasting trouble once, and its end', () => {
    const { disk, told, writer, save } = bench();
    disk.isFull = true;
    for (const name of ['a', 'b', 'c']) writer.note(save(name));
    disk.isFull = false;
    writer.catchUp();
    expect(told).toEqual([
      'the store cannot be written: disk is full; no sample is started until it can be',
      'the store can be written again',
    ]);
  });

  it('writes nothing any more once it was stopped', () => {
    const { writer, save, names } = bench();
    writer.stop();
    writer.note(save('a'));
    expect(() => writer.require(save('b'))).toThrow();
    expect(names()).toEqual([]);
  });
});
