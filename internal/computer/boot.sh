# Boots systemd as process 1 of new namespaces, on a copy-on-write view of this system: boot.sh DISK LAYER...
# DISK keeps what is written, from boot to boot. Each LAYER is a directory that is seen as it is, although it
# lies below /tmp or on a disk of its own.
set -eu
disk=$1
shift
root=$disk/root

layer() { # directory, below which of the root
	name=$(printf %s "$1" | tr / _)
	mkdir -p "$disk/upper$name" "$disk/work$name" "$root$1"
	mount -t overlay computer -o "lowerdir=$1,upperdir=$disk/upper$name,workdir=$disk/work$name" "$root$1"
}

mount --make-rprivate /
layer /
mount -t proc proc "$root/proc"
mount -o bind,ro "$root/proc/sys" "$root/proc/sys"
[ ! -e "$root/proc/sysrq-trigger" ] || mount --bind /dev/null "$root/proc/sysrq-trigger"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
mkdir -p "$root/dev/pts" "$root/dev/shm" "$root/dev/net"
for device in null zero full random urandom tty; do
	: >"$root/dev/$device"
	mount --bind "/dev/$device" "$root/dev/$device"
done
mknod -m 666 "$root/dev/net/tun" c 10 200 # as udev makes it, whatever it is on this system
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
for directory in "$@"; do
	layer "$directory"
done

# A control group of its own is where systemd puts its services.
mount -t cgroup2 cgroup2 "$root/mnt"
mkdir -p "$root/mnt/$COMPUTER"
echo $$ >"$root/mnt/$COMPUTER/cgroup.procs"
umount "$root/mnt"

# Of this system only the programs: nothing that its owner has enabled, and no controller.
if [ ! -e "$disk/installed" ]; then
	rm -rf "$root"/etc/systemd/system/*.wants "$root/etc/vns3" "$root/var/lib/vns3" "$root/usr/local/bin/vns3" \
		"$root/etc/systemd/system/vns3.service" "$root/etc/sysusers.d/vns3.conf"
	sed -i '/^vns3:/d' "$root/etc/passwd" "$root/etc/group" "$root/etc/shadow" "$root/etc/gshadow"
	: >"$root/etc/machine-id"
	echo "${COMPUTER#vns3-*-}" >"$root/etc/hostname" # without the number of the process
	: >"$disk/installed"
fi
exec unshare --cgroup sh -eu -c '
	cd "$1"
	mount -t sysfs -o ro sysfs sys
	mount -t cgroup2 cgroup2 sys/fs/cgroup
	pivot_root . mnt
	umount -l /mnt
	exec env -i container=computer PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		chroot . /lib/systemd/systemd --show-status=0 --log-level=warning --unit=multi-user.target
' sh "$root"
