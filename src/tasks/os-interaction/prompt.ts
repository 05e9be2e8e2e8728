import type { Message } from '../../sdk/index.ts';
import type { Style } from './style.ts';

const role = `You are at the shell of a Linux machine that is yours alone, and I am the machine. I give you a problem: something to do on the machine, or something to find out about it. You send me bash code, I run it and show you what it prints, and so on, until you are done.`;

const limits = `Working directory, variables and background jobs stay from one message to the next. Nothing can be typed in: code that waits for input gets none. A long output is cut off after its beginning, so print only what you need. You have few messages; do not waste them.`;

/** A whole example before the problem itself: the rules, and a problem solved under them. */
export function openingMessages(style: Style): readonly Message[] {
  const problem = 'How many entries does the directory /etc have, hidden ones left out?';
  return [
    user(`${role}\n\n${style.rules}\n\n${limits}\n\nNow, my problem is:\n\n${problem}`),
    assistant(style.write('I list the directory to see what is in it.', { kind: 'bash', script: 'ls /etc' })),
    user(
      'The output of the OS:\n\nadduser.conf\nalternatives\napt\nbash.bashrc\nbindresvport.blacklist\ncron.d\ncron.daily\n[truncated because the output is too long]',
    ),
    assistant(
      style.write('The list was cut off, so I let the machine count instead.', {
        kind: 'bash',
        script: 'ls /etc | wc -l',
      }),
    ),
    user('The output of the OS:\n\n138\n'),
    assistant(style.write('The count is the answer.', { kind: 'commit', answer: '138' })),
  ];
}

/** What follows: the problem itself. */
export function askProblem(description: string): Message {
  return user(`Now, I start a new problem on a new machine. My problem is:\n\n${description}`);
}

function user(content: string): Message {
  return { role: 'user', content };
}

function assistant(content: string): Message {
  return { role: 'assistant', content };
}
