#!/bin/sh
# Makes a slim Debian root file system in <folder>/root and packs it as <folder>/root.tar.
# Usage: make-root.sh <suite> <mirror> <security-mirror> <folder>
#
# Used only where no registry can be reached: `docker import` turns the tar into the base of our other images.
set -eu
suite=$1 mirror=$2 security=$3 work=$4
root=$work/root
mkdir -p "$root"

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
debootstrap --variant=minbase --include=ca-certificates --keyring="$keyring" "$suite" "$root" "$mirror"

cat > "$root/etc/apt/sources.list" <<SOURCES
deb $mirror $suite main
deb $mirror $suite-updates main
deb $security $suite-security main
SOURCES

# A build must not start services, keep downloads, or fetch what nobody reads in a container.
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
cat > "$root/etc/apt/apt.conf.d/90kintsugi" <<APT
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Retries "3";
Binary::apt-get::APT::Keep-Downloaded-Packages "false";
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb || true"; };
APT
cat > "$root/etc/dpkg/dpkg.cfg.d/90kintsugi" <<DPKG
force-unsafe-io
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/info/*
path-exclude /usr/share/locale/*
path-exclude /usr/share/man/*
DPKG

# The certificate authorities that this machine was told to trust (a company's proxy, say): without them
# pip and curl fail inside a build although they work outside it.
for authority in /usr/local/share/ca-certificates/*.crt; do
  if [ -f "$authority" ]; then cp "$authority" "$root/usr/local/share/ca-certificates/"; fi
done
chroot "$root" update-ca-certificates

find "$root/usr/share/doc" -type f ! -name copyright -delete
rm -rf "$root"/usr/share/info/* "$root"/usr/share/locale/* "$root"/usr/share/man/*
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/var/log/*.log "$root"/etc/resolv.conf

tar --numeric-owner --one-file-system -C "$root" -cf "$work/root.tar" .
