# bash completion for smsfood. It asks the program itself, and needs no renewal when that changes: `smsfood __complete
# WORD...` prints VALUE<tab>DESCRIPTION for each word that may stand at the cursor, and last what the shell is to offer
# besides: `:files`, `:folders` or `:none`.
_smsfood() {
  local rest=$COMP_LINE piece='' typed prefix trimmed line value index last quote=''
  local -a words=()
  # bash splits at = and : too; what stands together on the line is put together again.
  for ((index = 0; index <= COMP_CWORD; index++)); do
    piece=${COMP_WORDS[index]}
    trimmed=${rest#"${rest%%[![:space:]]*}"}
    last=$((${#words[@]} - 1))
    if ((last >= 0)) && [[ $trimmed == "$rest" ]]; then words[last]+=$piece; else words+=("$piece"); fi
    rest=${trimmed#"$piece"}
  done
  last=$((${#words[@]} - 1))
  typed=${words[last]}
  # An open quote is not part of the word, and spares the escaping; else what is escaped is meant.
  if [[ $piece == [\"\']* ]]; then
    quote=${piece:0:1}
    piece=${piece:1}
    typed=${typed%"$quote$piece"}$piece
  else
    piece=${piece//\\/}
    typed=${typed//\\/}
  fi
  [[ $piece == [=:] ]] && piece=''
  prefix=${typed%"$piece"}
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) compopt -o default 2>/dev/null ;;
      :folders) compopt -o dirnames 2>/dev/null ;;
      :none) ;;
      *)
        value=${line%%$'\t'*}
        [[ $value == *= ]] && compopt -o nospace 2>/dev/null
        value=${value#"$prefix"}
        [[ -n $quote ]] || printf -v value %q "$value"
        COMPREPLY+=("$value")
        ;;
    esac
  done < <("${words[0]}" __complete "${words[@]:1:last - 1}" "$typed" 2>/dev/null)
}
complete -F _smsfood smsfood
