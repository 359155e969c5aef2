"""tour PAGE FOLDER [write]: runs the commands of a page of transcripts, each as the person whose profile is FOLDER/NAME,
and prints one TAP line for each. With `write` it prints the page anew instead, with what the program said.

A block begins with ```console NAME; "$ " begins a command, "> " a line that is typed, the rest is what was said. Times,
days and the names of temporary files may differ; the rest may not."""
import os
import re
import subprocess
import sys

LOOSE = [(r"\b\d{1,2}:\d\d [ap]m\b", "TIME"), (r"\b\d{4}-\d\d-\d\d\b", "DAY"),
         (r"\b((Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?\d{1,2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)( \d{4})?\b", "DAY"),
         (r"\b\d+ (h|min)\b", "SPAN"), (r"Sent \d+, received \d+", "Sent N, received N"), (r"TIME,? TIME", "TIME"), (r"\s+", " ")]
SHELL = 'kap() { command kap --passphrase-fd 9 "$@" 9<"$T/.passphrase"; }; '


def loose(text):
    for pattern, word in LOOSE:
        text = re.sub(pattern, word, text)
    return text.strip()


def run(who, command, typed, folder):
    env = {**os.environ, "KAP_HOME": f"{folder}/{who}", "T": folder}
    day = subprocess.run(["date", "-u", "-d", "60 days", "+%Y-%m-%d"], capture_output=True, text=True, check=True)
    done = subprocess.run(["bash", "-c", SHELL + command.replace("=+60", "=" + day.stdout.strip())], cwd=folder, env=env,
                          input=typed, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    return done.returncode, done.stdout.rstrip()


def blocks(lines):
    """Yields ("text", line) and ("command", who, command, [typed], [said])."""
    who, step = None, None
    for line in lines:
        begins = re.fullmatch(r"```console (\w+)", line)
        if begins or (who and line == "```"):
            if step:
                yield step
            who, step = begins.group(1) if begins else None, None
            yield ("text", line)
        elif who and line.startswith("$ "):
            if step:
                yield step
            step = ("command", who, line[2:], [], [])
        elif who and step:
            step[3 if line.startswith("> ") and not step[4] else 4].append(line)
        else:
            yield ("text", line)


def main(page, folder, write=False):
    number = failed = 0
    with open(page) as f:
        lines = f.read().split("\n")
    for what, *rest in list(blocks(lines)):
        if what == "text":
            if write:
                print(rest[0])
            continue
        who, command, typed, said = rest
        code, out = run(who, command, "".join(t[2:] + "\n" for t in typed), folder)
        if write:
            print("\n".join([f"$ {command}", *typed, *(line.rstrip() for line in out.split("\n") if out)]))
            if code:
                print(f"exit code {code}: {command}: {out}", file=sys.stderr)
            continue
        number += 1
        good = code == 0 and loose(out) == loose("\n".join(said))
        failed += not good
        print(f"{'' if good else 'not '}ok {number} - {who}: {command[:60]}")
        if not good:
            print(f"#   exit code {code}\n#   said:   {loose(out)}\n#   on the page: {loose(chr(10).join(said))}")
    if not write:
        print(f"1..{number}")
    return 1 if failed else 0


sys.exit(main(sys.argv[1], sys.argv[2], len(sys.argv) > 3))
