/**
 * Every error that a person may see, in one table. `sentence` says what is wrong, `expected` what would have been
 * right, `remedy` what to do; `{name}` is filled from the error's parameters. `exitCode` is the command's:
 * 1 some of the work failed, 2 wrong usage or configuration.
 */
export const errorTable = {
  // Files and configuration
  'file-missing': {
    exitCode: 2,
    sentence: 'File not found: {file}',
    expected: 'a file that exists and can be read',
    remedy: 'Correct the path, or run the command from the folder that the path is relative to.',
  },
  'file-unwritable': {
    exitCode: 2,
    sentence: 'Cannot write {file}: {reason}',
    expected: 'a folder that this user may write to',
    remedy: 'Choose another "output", or change the folder\'s permissions.',
  },
  'config-invalid': {
    exitCode: 2,
    sentence: '{problem}',
    expected: '{wanted}',
    remedy: 'Correct the configuration file.',
  },
  'module-unknown': {
    exitCode: 2,
    sentence: 'There is no {kind} module "{module}"',
    expected: 'one of {known}, or a file such as ./my-{kind}.ts#MyClass',
    remedy: 'Correct "module".',
  },
  // Reading configuration
  'file-unreadable': {
    exitCode: 2,
    sentence: 'Cannot read {file}: {reason}',
    expected: 'a text file in UTF-8 that this user may read',
    remedy: 'Correct the path, or the file.',
  },
  'config-suffix': {
    exitCode: 2,
    sentence: 'Cannot tell what kind of file {file} is',
    expected: 'a name that ends in .yaml, .yml or .json, in lower case',
    remedy: 'Rename the file.',
  },
  'config-syntax': {
    exitCode: 2,
    sentence: 'Cannot read {file}: {reason}',
    expected: 'one well-formed {format} document',
    remedy: 'Correct the file at that place.',
  },
  'import-circular': {
    exitCode: 2,
    sentence: 'Circular import: {chain}',
    expected: 'files that do not import each other in a circle',
    remedy: 'Remove one of these imports.',
  },
  'environment-missing': {
    exitCode: 2,
    sentence: 'The environment variable {name} is not set',
    expected: 'a value for {name} in the environment',
    remedy: 'Set {name} and start again, or write {withDefault} in the file.',
  },
  // Use of the commands
  'usage-invalid': {
    exitCode: 2,
    sentence: '{problem}',
    expected: '{wanted}',
    remedy: 'See {command} --help.',
  },
  'address-taken': {
    exitCode: 2,
    sentence: 'Address {address} is already in use',
    expected: 'a free port',
    remedy: 'Stop the program that listens there, or choose another port with --port or --base-port.',
  },
  // Processes that talk to each other
  'controller-unreachable': {
    exitCode: 1,
    sentence: 'The controller at {address} does not answer: {reason}',
    expected: 'a running task-controller',
    remedy: 'Start one with: proctor task-controller, or correct the address.',
  },
  'reply-invalid': {
    exitCode: 1,
    sentence: '{sender} sent a reply that cannot be read: {problem}',
    expected: 'a reply as the protocol describes it',
    remedy: 'Look into the log of {sender}.',
  },
  'operation-cancelled': {
    exitCode: 1,
    sentence: '{operation} was cancelled',
    expected: 'to end by itself',
    remedy: 'Start it again.',
  },
  'deadline-exceeded': {
    exitCode: 1,
    sentence: '{operation} took longer than {limitMs} ms',
    expected: 'an answer in time',
    remedy: 'Raise the limit, or see what keeps the other side.',
  },
  // Agents and the model APIs behind them
  'model-api-failed': {
    exitCode: 1,
    sentence: 'The model API of agent "{agent}" answered {status}: {body}',
    expected: 'status 200',
    remedy: 'Check the url, the key and the model of this agent, and what the answer says.',
  },
  'model-api-refused': {
    exitCode: 1,
    sentence: 'The model API of agent "{agent}" will not serve it: it answered {status}: {body}',
    expected: 'a key, a model and an account that the API accepts',
    remedy:
      'Correct the url, the key or the model of this agent, or see to its credit; then give the same command again.',
  },
  'model-api-unreachable': {
    exitCode: 1,
    sentence: 'The model API of agent "{agent}" gave no answer: {reason}',
    expected: 'a server that answers at the url',
    remedy: 'Check the url and the proxies of this agent, and the network.',
  },
  'model-api-timeout': {
    exitCode: 1,
    sentence: 'The model API of agent "{agent}" gave no answer within {limitMs} ms',
    expected: 'a whole answer in time',
    remedy: 'Raise "timeoutMs" of this agent, or lower its concurrency.',
  },
  'model-reply-invalid': {
    exitCode: 1,
    sentence: 'The model API of agent "{agent}" sent a reply that cannot be used: {problem}',
    expected: '{wanted}',
    remedy: 'Check "return_format" and the url of this agent.',
  },
  'image-unreadable': {
    exitCode: 1,
    sentence: 'Cannot show the image {file}: {reason}',
    expected: 'a PNG, JPEG, GIF, WebP or BMP file that the assigner can read, or base64 data',
    remedy: 'Run the assigner where the task worker writes its images, or let the task send the data itself.',
  },
  'history-unsupported': {
    exitCode: 1,
    sentence: 'Agent "{agent}" cannot be shown this history: {problem}',
    expected: '{wanted}',
    remedy: 'Choose another "prompter" for this agent, such as role_content_dict.',
  },
  'answer-invalid': {
    exitCode: 1,
    sentence: 'The agent answered {answer}, which is no answer',
    expected: 'an object with "status": "normal" and a text as "content"',
    remedy: 'Correct what "act" of this agent returns.',
  },
  'recording-lacks-answer': {
    exitCode: 1,
    sentence: 'The recording has no answer for sample {index} of task "{task}", turn {turn}: {reason}',
    expected: 'a recorded run of this sample with as many turns',
    remedy: 'Replay an evaluation that played this sample in the same way.',
  },
  'oracle-missing': {
    exitCode: 1,
    sentence: 'There is no oracle for task "{task}"',
    expected: 'a task that knows its labels and plays them',
    remedy: 'Take the oracle agent out of this assignment, or name the task\'s own definition under "tasks".',
  },
  // Starting programs, and the commands
  'task-undefined': {
    exitCode: 2,
    sentence: 'There is no task "{task}"',
    expected: 'one of: {known}',
    remedy: 'Correct the name, or define the task.',
  },
  'agent-undefined': {
    exitCode: 2,
    sentence: 'There is no agent "{agent}"',
    expected: 'one of: {known}',
    remedy: 'Correct the name, or define the agent.',
  },
  'module-unloadable': {
    exitCode: 2,
    sentence: 'Cannot load the {kind} module "{module}": {reason}',
    expected: 'a JavaScript or TypeScript file that exports the class named after #',
    remedy: 'Correct "module", or the file.',
  },
  'workers-lost': {
    exitCode: 1,
    sentence: 'No worker of task "{task}" is left',
    expected: 'at least one worker that runs',
    remedy: 'Read what the workers printed above.',
  },
  'workers-refused': {
    exitCode: 2,
    sentence: 'The workers of task "{task}" find their configuration wrong',
    expected: 'a definition that they accept, and data that they can read',
    remedy: 'Correct what they printed above.',
  },
  'controller-lost': {
    exitCode: 1,
    sentence: 'The task-controller that was started at {address} is gone',
    expected: 'a task-controller that runs',
    remedy: 'Read what it printed above.',
  },
  // The controller's store
  'store-locked': {
    exitCode: 2,
    sentence: 'Another task-controller keeps its sessions in {file}: {holder}',
    expected: 'one task-controller for a store',
    remedy:
      'Use that one, stop it, or choose another file with --store. If it is certainly gone, delete {lockFile}.',
  },
  'store-unusable': {
    exitCode: 2,
    sentence: 'The store {file} cannot be used: {reason}',
    expected: 'a file that a task-controller wrote, or none yet, in a folder that this user may write to',
    remedy: 'Choose another file with --store, keep nothing with --memory, or move the file away.',
  },
  // Those who may, and secured connections
  'token-refused': {
    exitCode: 1,
    sentence: '{address} wants a token, and this program sent none or another one',
    expected: 'the token that the program there was started with',
    remedy: 'Give that token with --token, or in the environment variable PROCTOR_TOKEN.',
  },
  'address-exposed': {
    exitCode: 2,
    sentence: '{problem}, and no token protects it: whoever reaches it could read and end every evaluation',
    expected: '{wanted}',
    remedy: '{advice}.',
  },
  'tls-invalid': {
    exitCode: 2,
    sentence: 'The certificate and key cannot be used: {reason}',
    expected: 'a certificate (with its chain) and the key that belongs to it, both in PEM form',
    remedy: 'Correct --tls-cert and --tls-key.',
  },
  // Workers
  'heartbeat-failed': {
    exitCode: 1,
    sentence: 'The thread that sends the heartbeats of this worker has ended: {reason}',
    expected: 'a thread that tells the controller that the worker is there',
    remedy:
      'Start the worker again; if it fails again, see that the package is whole and that memory is left.',
  },
  // Evaluations
  'disk-full': {
    exitCode: 1,
    sentence:
      'No space left while writing {file}; the evaluation was stopped, and what is written so far is valid',
    expected: 'free space on the disk of the output folder',
    remedy: 'Free some space and give the same command again: it goes on where it stopped.',
  },
  'results-unwritable': {
    exitCode: 1,
    sentence: 'Writing {file} failed: {reason}; the evaluation was stopped',
    expected: 'an output folder that stays writable',
    remedy: 'See to the disk and give the same command again: it goes on where it stopped.',
  },
  'folder-locked': {
    exitCode: 2,
    sentence: 'Another assigner is writing to this output folder: {holder}',
    expected: 'one assigner for an output folder',
    remedy: 'Wait for it, stop it, or choose another "output". If it is certainly gone, delete {file}.',
  },
  'task-absent': {
    exitCode: 1,
    sentence: 'The controller at {address} does not know the task "{task}"',
    expected: 'one of the tasks that it knows: {known}',
    remedy: 'Start a worker for it with: proctor start-task, or correct the name.',
  },
  'controller-refused': {
    exitCode: 1,
    sentence: 'The controller at {address} answered {operation} with status {status}: {detail}',
    expected: 'status 200',
    remedy: 'Look into the log of the controller.',
  },
  // The data and the databases of tasks
  'dataset-invalid': {
    exitCode: 2,
    sentence: 'Cannot read the samples: {problem}',
    expected: "samples in the task's format",
    remedy: 'Correct the data file at that place.',
  },
  'problem-broken': {
    exitCode: 1,
    sentence: 'The problem cannot be played: {problem}',
    expected: 'scripts that run in the sandbox of the task',
    remedy: "Correct the problem's scripts, or the image that it is played in.",
  },
  'database-unreachable': {
    exitCode: 1,
    sentence: 'The database server at {address} cannot be used: {reason}',
    expected: 'a running MySQL or MariaDB server, and a user that may create and drop schemas there',
    remedy: 'Start it, correct "database.url", or leave "database" out to use the embedded database.',
  },
  // Sandboxes
  'sandbox-none': {
    exitCode: 2,
    sentence: 'No sandbox can be used here, and nothing that a model wrote is run without one: {reasons}',
    expected: 'bubblewrap on Linux, or a container engine that answers',
    remedy:
      'Install bubblewrap (apt-get install bubblewrap), or start a container engine and name it with DOCKER_HOST. See proctor doctor.',
  },
  'sandbox-driver-unusable': {
    exitCode: 2,
    sentence: 'The sandbox driver "{driver}" cannot be used here: {reason}',
    expected: 'a driver that works on this machine',
    remedy: '{advice}. See proctor doctor.',
  },
  'sandbox-engine-unreachable': {
    exitCode: 1,
    sentence: 'The container engine at {address} cannot be used: {reason}',
    expected: 'an engine that speaks the Docker Engine API, and a user that may talk to it',
    remedy: 'Start it, correct DOCKER_HOST, or use the sandbox driver "bubblewrap".',
  },
  'sandbox-image-failed': {
    exitCode: 2,
    sentence: 'The sandbox image "{image}" cannot be made or found: {reason}',
    expected: 'an image that is there, or a folder, archive, Dockerfile or registry that it can be had from',
    remedy: "Correct the image's name in the task's parameters, or what it is made from.",
  },
  'sandbox-failed': {
    exitCode: 1,
    sentence: 'A sandbox failed: {reason}',
    expected: 'a sandbox that lives as long as its session',
    remedy: 'Look into the log of the worker, and what proctor doctor says.',
  },
  'sandbox-start-refused': {
    exitCode: 1,
    sentence: 'A program cannot be started in a sandbox: {reason}',
    expected: 'an engine that starts programs where there is room for them',
    remedy: "Look into the engine's log, and what proctor doctor says.",
  },
  'sandbox-overfull': {
    exitCode: 1,
    sentence: 'A sandbox was ended: {reason}',
    expected: 'programs that keep to the limits of their sandbox',
    remedy: 'Raise "sandbox.disk" of the task if its samples need more.',
  },
  'sandbox-wrecked': {
    exitCode: 1,
    sentence: 'A sandbox was made unusable by what ran in it: {reason}',
    expected: 'programs that leave the shell of their sandbox alone',
    remedy: 'Nothing, if an agent did it; else correct the image that it is made from.',
  },
  'sandbox-file-unwritable': {
    exitCode: 1,
    sentence: 'Cannot write {file} inside the sandbox: {reason}',
    expected: 'a folder with room that may be written to',
    remedy: 'Correct the path, or raise "sandbox.disk" of the task.',
  },
  'sandbox-file-unreadable': {
    exitCode: 1,
    sentence: 'Cannot read {file} inside the sandbox: {reason}',
    expected: 'a file that is there',
    remedy: 'Correct the path.',
  },
} as const satisfies Record<string, ErrorRow>;

export interface ErrorRow {
  readonly exitCode: 1 | 2;
  readonly sentence: string;
  readonly expected: string;
  readonly remedy: string;
}

export type ErrorCode = keyof typeof errorTable;
