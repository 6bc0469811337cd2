/** The shells that there are scripts for. */
export const shells = ['bash', 'zsh', 'fish'] as const;

/** A command that is completed: its words, what it is for, and its flags. */
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly string[];
}

/** A script that has a shell complete `mesos`. It asks nobody while it completes. */
export function completionScript(shell: (typeof shells)[number], commands: readonly CompletedCommand[]): string {
  return shell === 'fish' ? fish(commands) : bash(commands, shell);
}

/** zsh runs what is written for bash. */
function bash(commands: readonly CompletedCommand[], shell: 'bash' | 'zsh'): string {
  const first = new Set(commands.map(({ name }) => name.split(' ')[0] ?? ''));
  const seconds = [...first].flatMap((word) => {
    const words = secondsOf(commands, word);
    return words.length === 0 ? [] : [`    '${word}') second='${words.join(' ')}' ;;`];
  });
  const flags = commands.map(({ flags: names, name }) => `    '${name}') flags='${flagWords(names).join(' ')}' ;;`);
  return [
    ...(shell === 'zsh' ? ['#compdef mesos', 'autoload -U +X bashcompinit && bashcompinit'] : []),
    '_mesos() {',
    "  local word=\"${COMP_WORDS[COMP_CWORD]}\" second='' flags='--help'",
    '  COMPREPLY=()',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=($(compgen -W '${[...first, 'help'].join(' ')}' -- "$word"))`,
    '    return',
    '  fi',
    '  case "${COMP_WORDS[1]}" in',
    ...seconds,
    '  esac',
    '  local command="${COMP_WORDS[1]}"',
    '  case " $second " in *" ${COMP_WORDS[2]} "*) [ "$COMP_CWORD" -gt 2 ] && command="$command ${COMP_WORDS[2]}" ;; esac',
    '  case "$command" in',
    ...flags,
    '  esac',
    '  case "$word" in',
    '    -*) COMPREPLY=($(compgen -W "$flags" -- "$word")) ;;',
    '    *) [ "$COMP_CWORD" -eq 2 ] && COMPREPLY=($(compgen -W "$second" -- "$word")) ;;',
    '  esac',
    '}',
    'complete -o nosort -o default -F _mesos mesos 2>/dev/null || complete -o default -F _mesos mesos',
    '',
  ].join('\n');
}

function fish(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap(({ flags, name, summary }) => {
    const [first = '', second] = name.split(' ');
    const seen = `__fish_seen_subcommand_from ${first}`;
    const own = second === undefined ? seen : `${seen}; and __fish_seen_subcommand_from ${second}`;
    const word =
      second === undefined
        ? `complete -c mesos -n __fish_use_subcommand -a ${first} -d ${quoted(summary)}`
        : `complete -c mesos -n '${seen}' -a ${second} -d ${quoted(summary)}`;
    return [word, ...[...flags, 'help'].map((flag) => `complete -c mesos -n '${own}' -l ${flag}`)];
  });
  return `${['complete -c mesos -f', ...lines].join('\n')}\n`;
}

function secondsOf(commands: readonly CompletedCommand[], first: string): string[] {
  if (first === 'completion') return [...shells];
  return commands.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => name.slice(first.length + 1));
}

function flagWords(names: readonly string[]): string[] {
  return [...names, 'help'].map((name) => `--${name}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, (letter) => `\\${letter}`)}'`;
}
