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
  case $target in /dev/*) continue ;; esac
  mkdir -p "$(dirname "$root$target")"
  if [ -d "$source" ]; then mkdir -p "$root$target"; else : >"$root$target"; fi
done <"$scratch/mounts"
mount -o remount,ro "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero random urandom; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
while read -r source target mode; do
  case $target in /dev/*) mkdir -p "$root$target" ;; esac
  mount --bind "$source" "$root$target"
  [ "$mode" = rw ] || mount -o remount,bind,ro "$root$target"
done <"$scratch/mounts"
mount -o remount,ro "$root/dev"
hostname "$(basename "$(dirname "$scratch")")"
cd /
# Out of the bounding set (PR_CAPBSET_DROP), so that uid 0 gets no capability back where the command is executed: chroot alone would leave it all.
exec setpriv --no-new-privs perl -e '
  use POSIX ();
  my ($root, $uid, $gid, @command) = @ARGV;
  chroot $root and chdir "/" or die "chroot: $!\n";
  my $prctl = (POSIX::uname())[4] eq "aarch64" ? 167 : 157;
  syscall($prctl, 24, $_, 0, 0, 0) for 0 .. 63;
  ($(, $)) = ($gid, "$gid $gid");
  POSIX::setuid($uid) or die "setuid: $!\n";
  exec { $command[0] } @command or die "$command[0]: $!\n";
' "$root" "$uid" "$gid" "$@"
