import { parentPort, workerData } from 'node:worker_threads';
import { replayStatements, runText, type OpenDatabase } from './run-text.ts';
import { createSampleDatabase } from './sample-database.ts';
import { startSqlite } from './sqlite-library.ts';
import type { ThreadData, ThreadReply, ThreadRequest } from './thread-messages.ts';

// The code of a thread that holds one sample's database at a time. It is asked by messages and answers each of them;
// what it throws ends it, and whoever asked is told by that.

const library = await startSqlite((workerData as ThreadData).library);
let database: OpenDatabase | undefined;

function answer(request: ThreadRequest): ThreadReply {
  if (request.type === 'open') {
    const sqlite = createSampleDatabase(library, request.tables);
    database = { name: request.name, sqlite };
  } else if (request.type === 'close') {
    database?.sqlite.close();
    database = undefined;
  } else {
    if (!database) throw new Error('the database thread holds no database');
    if (request.type === 'run') return runText(database, request.text);
    replayStatements(database.sqlite, request.statements);
  }
  return { result: { rows: [] }, changes: [] };
}

parentPort?.on('message', (request: ThreadRequest) => parentPort?.postMessage(answer(request)));
