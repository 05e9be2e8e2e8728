# Passes when the file holds nothing but ticks, and in three seconds gets longer by two to six of them.
count() { wc -l 2> /dev/null < /var/tmp/ticks || echo 0; }
for try in $(seq 50); do [ "$(count)" -gt 0 ] && break; sleep 0.1; done
before=$(count)
sleep 3.2
more=$(($(count) - before))
[ "$more" -ge 2 ] && [ "$more" -le 6 ] && ! grep -qvx tick /var/tmp/ticks
