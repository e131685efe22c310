/** Recordings of what real engines did, and the means to do the same again and compare. */
package dev.hairpin.it.oracle;
