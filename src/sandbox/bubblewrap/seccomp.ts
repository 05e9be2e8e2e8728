/**
 * A filter of system calls for what runs inside, as classic BPF (seccomp(2), linux/filter.h). Namespaces and dropped capabilities keep a
 * process in; the filter takes away what is left of the kernel's less used doors, as container engines do by default.
 */

const load = 0x20; // BPF_LD | BPF_W | BPF_ABS
const jumpIfEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const jumpIfAtLeast = 0x35; // BPF_JMP | BPF_JGE | BPF_K
const jumpIfAnySet = 0x45; // BPF_JMP | BPF_JSET | BPF_K
const answer = 0x06; // BPF_RET | BPF_K

const allow = 0x7fff0000;
const refuse = (errno: number) => 0x00050000 | errno;
const notPermitted = 1;
const notImplemented = 38;

/** Offsets in struct seccomp_data; the lower half of the first argument comes first on both machines. */
const offset = { number: 0, architecture: 4, firstArgument: 16 };

/** The CLONE_NEW… flags that clone knows: no namespaces of one's own inside. */
const namespaceFlags = 0x7e020000;

interface Machine {
  /** AUDIT_ARCH_… */
  readonly architecture: number;
  readonly clone: number;
  /** May set limits for the process that asks, but for no other: not for the first one. */
  readonly prlimit: number;
  /** Its flags lie in memory, where a filter cannot look: "not implemented" makes the C library use clone. */
  readonly clone3: number;
  readonly refused: readonly number[];
  /** From this number on the calls are those of another ABI (x32). */
  readonly foreign?: number;
}

/* prettier-ignore */
const machines: Readonly<Partial<Record<NodeJS.Architecture, Machine>>> = {
  // acct add_key bpf delete_module finit_module init_module ioperm iopl io_uring_* kexec_* keyctl lookup_dcookie mount
  // move_mount name_to_handle_at open_by_handle_at open_tree fsopen fsconfig fsmount fspick mount_setattr perf_event_open pivot_root
  // process_vm_* ptrace quotactl reboot request_key setns settimeofday clock_settime swapon swapoff syslog umount2 unshare
  // userfaultfd vhangup chroot pidfd_getfd
  x64: {
    architecture: 0xc000003e, clone: 56, prlimit: 302, clone3: 435, foreign: 0x40000000,
    refused: [
      163, 248, 321, 176, 313, 175, 173, 172, 425, 426, 427, 246, 320, 250, 212, 165, 429, 303, 304, 428, 430, 431, 432, 433, 442,
      298, 155, 310, 311, 101, 179, 169, 249, 308, 164, 227, 167, 168, 103, 166, 272, 323, 153, 161, 438,
    ],
  },
  arm64: {
    architecture: 0xc00000b7, clone: 220, prlimit: 261, clone3: 435,
    refused: [
      89, 217, 280, 106, 273, 105, 425, 426, 427, 104, 294, 219, 18, 40, 429, 264, 265, 428, 430, 431, 432, 433, 442,
      241, 41, 270, 271, 117, 60, 142, 218, 268, 170, 112, 224, 225, 116, 39, 97, 282, 58, 51, 438,
    ],
  },
};

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

/** The filter's bytes for this kind of machine; undefined where none is known. */
export function seccompFilter(architecture: NodeJS.Architecture): Buffer | undefined {
  const machine = machines[architecture];
  return machine && encode(program(machine));
}

/** What a process may not do answers "not permitted"; a call of another architecture too. */
function program({ architecture, clone, prlimit, clone3, refused, foreign }: Machine): Instruction[] {
  const refusal: Instruction = [answer, 0, 0, refuse(notPermitted)];
  return [
    [load, 0, 0, offset.architecture],
    [jumpIfEqual, 1, 0, architecture],
    refusal,
    [load, 0, 0, offset.number],
    ...(foreign === undefined ? [] : ([[jumpIfAtLeast, 0, 1, foreign], refusal] as const)),
    [jumpIfEqual, 0, 1, clone3],
    [answer, 0, 0, refuse(notImplemented)],
    ...refused.flatMap((number): Instruction[] => [[jumpIfEqual, 0, 1, number], refusal]),
    [jumpIfEqual, 0, 4, prlimit],
    [load, 0, 0, offset.firstArgument],
    [jumpIfEqual, 1, 0, 0],
    refusal,
    [answer, 0, 0, allow],
    [jumpIfEqual, 0, 3, clone],
    [load, 0, 0, offset.firstArgument],
    [jumpIfAnySet, 0, 1, namespaceFlags],
    refusal,
    [answer, 0, 0, allow],
  ];
}

function encode(instructions: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(instructions.length * 8);
  instructions.forEach(([code, ifTrue, ifFalse, value], index) => {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(ifTrue, index * 8 + 2);
    bytes.writeUInt8(ifFalse, index * 8 + 3);
    bytes.writeUInt32LE(value >>> 0, index * 8 + 4);
  });
  return bytes;
}
