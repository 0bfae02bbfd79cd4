select sum((a.i * b.i) % 7) as total
from range(1000000) as a (i)
cross join range(1000000) as b (i)
