/**
 * Keeps the host in step: reads what Docker and the network namespaces hold, decides the desired
 * state, and has {@code rules} and {@code proxy} bring the kernel there.
 */
package dev.hairpin.agent;
