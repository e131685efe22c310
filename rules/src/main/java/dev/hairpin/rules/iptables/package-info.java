/**
 * iptables: the layout that dockerd 20.10 to 27 writes, and the tools' text both ways. Text that is
 * not understood is kept verbatim, so that what was read can always be written back.
 */
package dev.hairpin.rules.iptables;
