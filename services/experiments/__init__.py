"""The experiments service: agreements with laureate communes, and the experiments they allow in the street."""
