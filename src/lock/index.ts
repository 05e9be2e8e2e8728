export { takeLock, type Lock, type LockFileSystem, type LockSettings } from './take-lock.ts';
