# Passes when the file holds nothing but ticks, and gets longer while it is looked at.
count() { wc -l < /var/tmp/ticks 2> /dev/null || echo 0; }
before=$(count)
for try in $(seq 60); do
  sleep 0.1
  [ "$(count)" -gt "$before" ] && ! grep -qvx tick /var/tmp/ticks && exit 0
done
exit 1
