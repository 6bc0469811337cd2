/**
 * How a child ends with its parent, although Node.js cannot ask the kernel for it (prctl(2), PR_SET_PDEATHSIG): the shell that becomes the
 * program leaves a watcher behind, which reads from a pipe whose other end only the parent has. When the parent ends, however it ends,
 * the kernel closes that end, and the watcher kills the process group of the program. When the program ends first, the parent sends a
 * line, and the watcher ends.
 *
 * The watcher is no child of the program, ignores the signals that end or stop others of its group, and holds none of its descriptors.
 * As long as it lives its group exists, so the group's number cannot have become another's.
 */

/** What the parent sends when the program has ended. */
export const release = '\n';

/** The highest descriptor that every shell can redirect. */
export const supervisedDescriptorMax = 9;

/**
 * The arguments of `/bin/sh` that become a program under a watcher.
 * @param descriptor That of the pipe; those from 3 to it are the program's.
 */
export function supervised(argv: readonly string[], descriptor: number): string[] {
  const others = Array.from({ length: descriptor - 3 }, (_, index) => ` ${index + 3}>&-`).join('');
  const signals = 'HUP INT QUIT TERM USR1 USR2 ALRM PIPE TSTP TTIN TTOU';
  const watcher = `trap '' ${signals}; read -r line <&${descriptor} || kill -KILL -$$`;
  const script = `( { ${watcher}; } </dev/null >/dev/null 2>&1${others} & ); exec ${descriptor}<&-; exec "$@"`;
  return ['-c', script, 'sh', ...argv];
}
