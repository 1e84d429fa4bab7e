"""`inbox completion SHELL`: the script that asks the program itself at every Tab what fits. See `completion` for the answer."""

from __future__ import annotations

from argparse import Namespace


def completion(arguments: Namespace) -> int:
    """Print the script for one shell, to be sourced or put where the shell looks for completions."""
    print(SCRIPTS[arguments.shell], end="")
    return 0


BASH = r"""# bash completion of inbox: source <(inbox completion bash)
_inbox() {
  local line program=${COMP_WORDS[0]/#\~\//$HOME/}
  type -- "$program" >/dev/null 2>&1 || program=inbox
  [[ $(type -t -- "$program" 2>/dev/null) == alias ]] && program=inbox
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      $'\x1ffiles') compopt -o default 2>/dev/null ;;
      $'\x1ffolders') compopt -o dirnames 2>/dev/null ;;
      $'\x1fnospace') compopt -o nospace 2>/dev/null ;;
      *) COMPREPLY+=("$line") ;;
    esac
  done < <("$program" --complete bash "$COMP_WORDBREAKS" "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
}
complete -F _inbox inbox
"""

ZSH = r"""#compdef inbox
# zsh completion of inbox: source <(inbox completion zsh), after compinit; or as a file named _inbox in $fpath
_inbox() {
  local line word
  local -a values shown options
  local program=${(Q)words[1]}
  (( $+commands[$program] )) || [[ -x ${~program} ]] || program=inbox
  while IFS= read -r line; do
    case $line in
      $'\x1ffiles') _files; return ;;
      $'\x1ffolders') _files -/; return ;;
      $'\x1fnospace') options=(-S '') ;;
      *)
        word=${line%%$'\t'*}
        values+=("$word")
        if [[ $line == *$'\t'* ]]; then shown+=("$word  ${line#*$'\t'}"); else shown+=("$word"); fi ;;
    esac
  done < <(${~program} --complete zsh "${(@Q)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)
  (( $#values )) || return 1
  if [[ "${values[*]}" == "${shown[*]}" ]]; then
    compadd "${options[@]}" -V inbox -- "${values[@]}"
  else
    compadd "${options[@]}" -V inbox -l -d shown -- "${values[@]}"
  fi
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _inbox "$@"; else compdef _inbox inbox; fi
"""

FISH = r"""# fish completion of inbox: inbox completion fish | source
function __inbox_complete
  set -l before (commandline -opc)
  set -l program $before[1]
  command -q -- $program; or set program inbox
  for line in (command $program --complete fish $before[2..-1] (commandline -ct) 2>/dev/null)
    switch $line
      case \x1ffiles \x1ffolders
        __fish_complete_path (commandline -ct)
      case \x1fnospace
      case '*'
        echo -- $line
    end
  end
end
complete -c inbox -e
complete -c inbox -f -k -a '(__inbox_complete)'
"""

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}
"""Shell to its script."""
