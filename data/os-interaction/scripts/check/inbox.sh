# Passes when the four files have their new names and their old content.
cd /srv/inbox || exit 1
[ "$(ls -A | sort | paste -sd ' ')" = "$(printf '%s\n' _leading.txt invoice.txt letter_to_the__mayor.txt tax_form.txt | sort | paste -sd ' ')" ] || exit 1
[ "$(cat tax_form.txt letter_to_the__mayor.txt invoice.txt _leading.txt | paste -sd ' ')" = 'one two three four' ]
