#!/bin/bash
# Goal: numbers over time are drawn, listed and saved as a picture, for whoever may read them, and nothing is said about
# what they mean.
. "${0%/*}/lib.sh"

clinic_people
# said: what was printed, on one line
said() { tr -s ' \n' ' ' <<<"$OUT$ERR"; }
# mood DAY N: an entry with this mood; its number is in $ENTRY
mood() {
    quietly jo write --mood "$2" --at "2026-0$1 19:00" --file "$(text entry "words of the day")" >/dev/null
    ENTRY=$((${ENTRY:-0} + 1))
}

ok "nothing was written yet" by jo trend
like "which is said" "$(said)" 'There are no values here yet\.'
mood 1-05 2
mood 1-12 4
mood 2-02 7
quietly jo measure phq9 --answers 2,2,2,2,2,1,1,1,0 --with Ana,Osei >/dev/null
quietly jo measure phq9 --answers 2,2,s,2,2,1,1,1,0 --with Ana,Osei >/dev/null

# --- drawn ---
ok "mood and totals are drawn" by jo trend
like "each by itself" "$(said)" 'Mood · 0 to 10 · 3 values · newest 7 .*PHQ-9 · 0 to 27 · 1 value · newest 13 '
like "with the days at both ends" "$(said)" 'Mon 5 Jan 2026'
unlike "without a word for a number" "$OUT" 'mild|moderate|severe|better|worse|improve'
ok "in 76 columns" test "$(wc -L <<<"$OUT")" -le 76
ok "one of them alone" by jo trend --measure mood
unlike "is alone" "$OUT" 'PHQ-9'
is "drawn as it is" "$(KAP_ASCII=1 by jo trend --measure mood)" "Mood - 0 to 10 - 3 values - newest 7
  10 +
     |
     |                                                                 7
     |                                                         ........*
     |                                         ................
   5 +                4        ................
     |            ....*........
     |2   ........
     |*...
     |
   0 +
     +------------------------------------------------------------------
      Mon 5 Jan 2026                                      Mon 2 Feb 2026"
like "from a day on" "$(by jo trend --measure mood --since 2026-01-12)" '2 values'
fails "a day that is none" 3 by jo trend --since 2026-02-30
like "is said to be none" "$(said)" '30 Feb 2026 is not a real date'
ok "what there is nothing of" by jo trend --measure gad7
like "is said" "$(said)" 'There are no values of "gad7" here\.'

# --- listed ---
is "--json has every value" "$(ask jo "[(v['measure'], v['value'], v['highest']) for v in d['values']]" trend)" \
    "[('mood', 2, 10), ('mood', 4, 10), ('mood', 7, 10), ('phq9', 13, 27)]"
ok "--plain is a list" by jo --plain trend --measure mood
like "for a screen reader" "$(said)" 'values: 1 measure: mood name: Mood at: 2026-01-05T19:00:00\+00:00 value: 2 lowest: 0 highest: 10 values: 2 '
is "no words for the client" "$(ask jo "[v for v in d['values'] if 'band' in v]" trend)" '[]'

# --- for whom ---
sync ana osei
is "the prescriber sees totals, not private moods" "$(ask osei "[(v['measure'], v['value'], v['band']) for v in d['values']]" trend jo)" \
    "[('phq9', 13, 'moderate')]"
quietly jo --yes share 3 --with Ana
sync ana
is "the therapist, what was shared" "$(ask ana "[(v['measure'], v['value']) for v in d['values']]" trend jo)" \
    "[('mood', 7), ('phq9', 13)]"
fails "an admin has no part in it" 4 by maria trend jo
fails "of whom must be said" 2 by ana trend
fails "a client sees oneself alone" 4 by jo trend jo

# --- a picture ---
ok "into a file" by jo trend --svg "$T/trend.svg"
like "which is said to be open there" "$(said)" 'It is not locked there'
like "for oneself alone" "$(stat -c %a "$T/trend.svg")" '^600$'
ok "it is well-formed XML" "$PYTHON" -c 'import sys, xml.dom.minidom as m
d = m.parse(sys.argv[1])
assert d.documentElement.tagName == "svg"
assert len(d.getElementsByTagName("circle")) == 4 and len(d.getElementsByTagName("polyline")) == 2
words = [t.firstChild.data for t in d.getElementsByTagName("text")]
assert "Mood" in words and "PHQ-9" in words and "27" in words and "13" in words and "Mon 5 Jan 2026" in words' "$T/trend.svg"
fails "it is not written over" 6 by jo trend --svg "$T/trend.svg"
like "which is said" "$(said)" "There is a file named .*trend.svg. Give another name, or -- ?force to write over it. Nothing was saved."
ok "unless that is asked for" by jo trend --svg "$T/trend.svg" --force --measure mood
is "and then it is" "$(grep -c '<polyline' "$T/trend.svg")" 1
fails "a folder that is not there" 3 by jo trend --svg "$T/nowhere/trend.svg"
ok "a clinician's has the client's name" by ana trend jo --svg "$T/jo.svg"
like "in its title" "$(cat "$T/jo.svg")" '<title>Over time · Jo M\.</title>'
finish
