# Draws latency.svg, publishers.svg and sizes.svg from the data that bench writes:
#     gnuplot -e "from='FOLDER'; to='FOLDER'" draw.gp
set terminal svg size 900,520 dynamic background rgb 'white' font 'sans-serif,13'
set datafile missing '?'
set grid ytics lc rgb '#dddddd'
set key outside right top noenhanced
set linetype 1 lc rgb '#d62728' lw 3
set linetype 2 lc rgb '#444444' lw 1.5
set linetype 3 lc rgb '#888888' lw 1.5
set linetype 4 lc rgb '#1f77b4' lw 1.5
set linetype 5 lc rgb '#2ca02c' lw 1.5
set linetype 6 lc rgb '#ff7f0e' lw 1.5
set linetype 7 lc rgb '#9467bd' lw 1.5
set linetype 8 lc rgb '#8c564b' lw 1.5
set linetype 9 lc rgb '#e377c2' lw 1.5
set linetype 10 lc rgb '#17becf' lw 1.5
set linetype 11 lc rgb '#bcbd22' lw 1.5
set linetype 12 lc rgb '#7f7f7f' lw 1.5

set output to.'/latency.svg'
set title 'One way: publish to the end of reading all fields in the handler'
set logscale xy
set xlabel 'share of the messages'
set ylabel 'ns'
set xtics ('none' 1, '50 %%' 2, '90 %%' 10, '99 %%' 100, '99.9 %%' 1000, '99.99 %%' 10000)
blocks = int(system("grep -c '\"' ".from.'/latency.dat'))
plot for [i=0:blocks-1] from.'/latency.dat' index i using 1:2 with lines title columnheader(1)
unset logscale
unset xtics

set output to.'/publishers.svg'
set title 'Struct to bytes to handler on another thread, by publishers'
set xlabel 'publishers'
set ylabel 'million messages a second'
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.9 noborder
set xtics nomirror
set yrange [0:*]
columns = int(system("head -n 1 ".from."/publishers.dat | grep -o '\"' | wc -l")) / 2
plot for [i=2:columns+1] from.'/publishers.dat' using i:xtic(1) title columnheader(i) noenhanced

set output to.'/sizes.svg'
set title 'A number and bytes to a handler on another thread, by size'
set xlabel 'bytes'
set ylabel 'million messages a second'
set style data linespoints
set logscale xy
set yrange [*:*]
set xtics (64, 256, 1024, 4096)
columns = int(system("head -n 1 ".from."/sizes.dat | grep -o '\"' | wc -l")) / 2
plot for [i=2:columns+1] from.'/sizes.dat' using 1:i title columnheader(i) pt 7
