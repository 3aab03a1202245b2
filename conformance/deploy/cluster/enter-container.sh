#!/bin/sh
# Becomes the process of a container: its image's tree as a read-only root, its volumes, its user, no capability and no new privileges.
# usage: enter-container.sh SCRATCH TREE UID GID COMMAND…  — in a mount and UTS namespace of its own; SCRATCH/mounts has SOURCE TARGET ro|rw a line.
set -eu
scratch=$1 tree=$2 uid=$3 gid=$4
shift 4
root=$scratch/root
mkdir -p "$root" "$scratch/upper" "$scratch/work"
mount -t overlay overlay -o "lowerdir=$tree,upperdir=$scratch/upper,workdir=$scratch/work" "$root"
mkdir -p "$root/proc" "$root/dev"
cp "$scratch/resolv.conf" "$scratch/hosts" "$root/etc/"
while read -r source target _; do
  mkdir -p "$(dirname "$root$target")"
  if [ -d "$source" ]; then mkdir -p "$root$target"; else : >"$root$target"; fi
done <"$scratch/mounts"
mount -o remount,ro "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
while read -r source target mode; do
  mount --bind "$source" "$root$target"
  [ "$mode" = rw ] || mount -o remount,bind,ro "$root$target"
done <"$scratch/mounts"
hostname "$(basename "$(dirname "$scratch")")"
cd /
exec setpriv --no-new-privs chroot --userspec="$uid:$gid" --groups="$gid" "$root" "$@"
