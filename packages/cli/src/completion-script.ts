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
  if (shell === 'fish') return fish(commands);
  return shell === 'zsh' ? zsh(commands) : bash(commands);
}

function bash(commands: readonly CompletedCommand[]): string {
  const first = firstsOf(commands);
  const seconds = [...first].flatMap((word) => {
    const words = secondsOf(commands, word);
    return words.length === 0 ? [] : [`    '${word}') second='${words.join(' ')}' ;;`];
  });
  const flags = commands.map(({ flags: names, name }) => `    '${name}') flags='${flagWords(names).join(' ')}' ;;`);
  return [
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

/** It can be sourced, where compinit has been run, and lie in a folder of `fpath` as `_mesos`. */
function zsh(commands: readonly CompletedCommand[]): string {
  const firsts = firstsOf(commands).map((word) => described(word, commands));
  const seconds = firstsOf(commands).flatMap((word) => {
    const words = secondsOf(commands, word).map((second) => described(second, commands, `${word} `));
    return words.length === 0 ? [] : [`    ${word}) second=(${words.join(' ')}) ;;`];
  });
  const flags = commands.map(({ flags: names, name }) => `    '${name}') flags=(${flagWords(names).join(' ')}) ;;`);
  return [
    '#compdef mesos',
    '_mesos() {',
    '  local -a first second flags',
    '  local command="${words[2]}"',
    '  if (( CURRENT == 2 )); then',
    `    first=(${firsts.join(' ')} 'help:Tells how a command is used')`,
    "    _describe -t commands 'command' first",
    '    return',
    '  fi',
    '  case "$command" in',
    ...seconds,
    '  esac',
    '  if (( CURRENT > 3 && ${second[(I)${words[3]}:*]} )); then command="$command ${words[3]}"; fi',
    '  case "$command" in',
    ...flags,
    '    *) flags=(--help) ;;',
    '  esac',
    '  if [[ "$PREFIX" == -* ]]; then compadd -- "${flags[@]}"',
    "  elif (( CURRENT == 3 && ${#second} )); then _describe -t commands 'command' second",
    '  else _files',
    '  fi',
    '}',
    'if [[ "${funcstack[1]}" == _mesos ]]; then _mesos "$@"; else compdef _mesos mesos; fi',
    '',
  ].join('\n');
}

/** A word and what it is for, as `_describe` wants them. */
function described(word: string, commands: readonly CompletedCommand[], before = ''): string {
  const summary = commands.find(({ name }) => name === `${before}${word}`)?.summary;
  return zshQuoted(summary === undefined ? word : `${word}:${summary.replaceAll(':', '\\:')}`);
}

function zshQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
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

function firstsOf(commands: readonly CompletedCommand[]): string[] {
  return [...new Set(commands.map(({ name }) => name.split(' ')[0] ?? ''))];
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
