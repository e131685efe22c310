/**
 * The few socket calls that neither the JDK nor Netty makes, through jnr-ffi, for 64-bit Linux.
 * Addresses go in as values; what comes back stays in native memory until it is sent on.
 */
package dev.hairpin.proxy.posix;
