/** The whole of Hairpin under test: a real engine, a real kernel and real packets. */
package dev.hairpin.it;
