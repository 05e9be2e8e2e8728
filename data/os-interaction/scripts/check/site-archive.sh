# Passes when the archive unpacks to the two files, and the folder itself is as it was.
place=$(mktemp -d) || exit 1
tar -xzf /srv/site.tar.gz -C "$place" || exit 1
[ "$(cd "$place" && find . -type f | sort | paste -sd ' ')" = './site/img/dot.svg ./site/index.html' ] || exit 1
[ "$(cat "$place/site/index.html")" = home ] && [ -f /srv/site/draft.html ]
