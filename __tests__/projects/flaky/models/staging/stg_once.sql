-- Fails until the first run has ended.
select id from read_csv('flag1.csv')
