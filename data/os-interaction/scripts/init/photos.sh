mkdir -p /srv/photos
cd /srv/photos || exit 1
for name in dune forest harbour lake meadow tower; do
  for line in $(seq 40); do echo "$name $line"; done > $name.raw
done
cp lake.raw ridge.raw
# As long as another, but not the same.
sed '40s/.*/dune 04/' dune.raw > canyon.raw
