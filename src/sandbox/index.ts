export {
  chooseDriver,
  examineDrivers,
  type DriverChoice,
  type DriverName,
  type DriverSettings,
  type Finding,
} from './choose-driver.ts';
export type {
  Captured,
  CommandOptions,
  CommandResult,
  Ending,
  ExecOptions,
  ExecResult,
  ImageSource,
  Mount,
  Sandbox,
  SandboxDriver,
  SandboxLimits,
  SandboxOptions,
  Shell,
  WriteOptions,
} from './contract.ts';
