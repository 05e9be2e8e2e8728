import { silentLogger } from '../../base/index.ts';
import { examineDrivers, type Finding } from '../../sandbox/index.ts';
import { exitCodes, type Shell } from '../shell.ts';
import { readVersion } from '../version.ts';

/** Tries what this machine can do for evaluations, and says it. Gives exit code 1 when tasks that need a sandbox cannot be played. */
export async function runDoctor(shell: Shell): Promise<number> {
  const { clock, environment, stdout } = shell;
  const findings = await examineDrivers({ clock, log: silentLogger, host: environment['DOCKER_HOST'] });
  const used = findings.find(({ works }) => works);
  stdout.write(`${[describeMachine(), '', ...describeSandboxes(findings, used)].join('\n')}\n`);
  return used ? exitCodes.done : exitCodes.someFailed;
}

function describeMachine(): string {
  return `proctor ${readVersion()}, Node ${process.versions.node}, ${process.platform} ${process.arch}`;
}

/** The first that works is what a task uses that does not choose itself. */
function describeSandboxes(findings: readonly Finding[], used: Finding | undefined): string[] {
  const lines = findings.flatMap((finding) => describeDriver(finding, finding === used));
  const conclusion = used
    ? `Tasks that run what a model wrote use ${used.driver}: it is the first that works. "sandbox: {driver: …}" of a task chooses another.`
    : 'Tasks that run what a model wrote, such as os-interaction, cannot be played here: nothing of that is run without a sandbox.';
  return ['Sandboxes:', ...lines, '', conclusion];
}

function describeDriver(finding: Finding, isUsed: boolean): string[] {
  const name = `  ${finding.driver.padEnd(12)}`;
  if (finding.works) return [`${name}works (${finding.detail})${isUsed ? ', used' : ''}`];
  return [`${name}does not work: ${finding.reason}`, `${' '.repeat(14)}what to do: ${finding.advice}.`];
}
