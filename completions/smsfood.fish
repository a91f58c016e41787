# fish completion for smsfood. It asks the program itself; see smsfood.bash for what that answers.
function __smsfood_complete
    set -l words (commandline -opc)
    set -l typed (string unescape -- (commandline -ct))
    set -l prefix (string match -r -- '^--[^=]*=' "$typed")
    set -l rest (string replace -r -- '^--[^=]*=' '' "$typed")
    for line in ($words[1] __complete $words[2..-1] "$typed" 2>/dev/null)
        switch $line
            case :files
                string replace -r -- '^' "$prefix" (__fish_complete_path "$rest")
            case :folders
                string replace -r -- '^' "$prefix" (__fish_complete_directories "$rest")
            case :none
            case '*'
                echo $line
        end
    end
end
complete -c smsfood -f -a '(__smsfood_complete)'
