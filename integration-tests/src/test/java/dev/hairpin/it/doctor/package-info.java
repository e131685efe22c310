/**
 * {@code hairpin doctor} beside real packets: a host that is well, what is done to it, what is said
 * of it, and what becomes of it when that advice is taken.
 */
package dev.hairpin.it.doctor;
